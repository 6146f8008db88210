"""Uploads a file with tuspy as it comes, and prints where it went.

python tus_upload.py ENDPOINT KEY FILE NAME TYPE [CHUNK_BYTES]
"""

import sys

from tusclient import client

endpoint, key, file, filename, filetype = sys.argv[1:6]
chunk = int(sys.argv[6]) if len(sys.argv) > 6 else 64 * 1024 * 1024

uploader = client.TusClient(endpoint, headers={"Authorization": f"Bearer {key}"}).uploader(
    file,
    chunk_size=chunk,
    metadata={"filename": filename, "filetype": filetype},
    retries=60,
    retry_delay=1,
    upload_checksum=True,
)
uploader.upload()
print(uploader.url)
