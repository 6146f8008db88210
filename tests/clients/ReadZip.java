import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * Reads a ZIP as Java does, twice: by its directory, and from its first byte to its last as a stream.
 * Prints for each how many files there are, and the SHA-256 of all their bytes in a row.
 *
 * java ReadZip.java FILE
 */
class ReadZip {
    private final byte[] buffer = new byte[1 << 20];
    private final MessageDigest all = MessageDigest.getInstance("SHA-256");
    private int count;

    private ReadZip() throws Exception {}

    public static void main(String[] arguments) throws Exception {
        var listed = new ReadZip();
        try (var file = new ZipFile(arguments[0])) {
            for (var entry : Collections.list(file.entries())) {
                try (var content = file.getInputStream(entry)) {
                    listed.take(entry, content);
                }
            }
        }
        listed.tell("listed");

        var streamed = new ReadZip();
        try (var file = new ZipInputStream(new BufferedInputStream(new FileInputStream(arguments[0]), 1 << 20))) {
            for (ZipEntry entry; (entry = file.getNextEntry()) != null; ) {
                streamed.take(entry, file);
            }
        }
        streamed.tell("streamed");
    }

    private void take(ZipEntry entry, InputStream content) throws Exception {
        var crc = new CRC32();
        long size = 0;
        for (int got; (got = content.read(buffer)) > 0; size += got) {
            crc.update(buffer, 0, got);
            all.update(buffer, 0, got);
        }
        if (crc.getValue() != entry.getCrc() || size != entry.getSize()) {
            throw new Exception(entry.getName() + " is not what the archive says");
        }
        count += 1;
    }

    private void tell(String how) {
        System.out.println(how + " " + count + " " + HexFormat.of().formatHex(all.digest()));
    }
}
