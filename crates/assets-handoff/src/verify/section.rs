use std::{
    cell::RefCell,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
};

/// A range of bytes of a file that others read as well.
pub(super) struct Section<'f, F> {
    file: &'f RefCell<F>,
    range: Range<u64>,
}

impl<'f, F: Read + Seek> Section<'f, F> {
    pub(super) const fn new(file: &'f RefCell<F>, range: Range<u64>) -> Self {
        Self { file, range }
    }

    /// All of it.
    pub(super) fn bytes(mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl<F: Read + Seek> Read for Section<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.range.end.saturating_sub(self.range.start)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(self.range.start))?;
        let read = file.read(buffer)?;
        self.range.start = self.range.start.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}
