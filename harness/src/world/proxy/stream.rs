//! Bytes that are sent as they are, and the replies that come for them.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use gauntlet_rpc::Io;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connection::MAX_HEADERS;
use super::heads;
use crate::trace::{Failure, HttpReply};

/// A connection on which bytes are sent, and replies are read one after another.
pub(super) struct RawConnection {
    read: tokio::io::ReadHalf<Box<dyn Io>>,
    write: tokio::io::WriteHalf<Box<dyn Io>>,
    unsent: Bytes,
    came: BytesMut,
}

impl RawConnection {
    /// Sends bytes as far as they are taken while replies are waited for.
    pub(super) fn new(stream: Box<dyn Io>, bytes: Bytes) -> Self {
        let (read, write) = tokio::io::split(stream);
        Self {
            read,
            write,
            unsent: bytes,
            came: BytesMut::new(),
        }
    }

    /// The next reply. One before it that only says to go on is passed over.
    pub(super) async fn reply(&mut self) -> Result<HttpReply, Failure> {
        loop {
            let (status, headers) = self.head().await?;
            if status.is_informational() {
                continue;
            }
            let body = self.body(&headers).await?;
            let (mut head, ()) = http::Response::new(()).into_parts();
            head.status = status;
            head.headers = headers;
            return Ok(heads::reply(&head, body));
        }
    }

    async fn head(&mut self) -> Result<(StatusCode, HeaderMap), Failure> {
        loop {
            if let Some(head) = self.read_head()? {
                return Ok(head);
            }
            if self.more().await? == 0 {
                return Err(Failure::Closed);
            }
        }
    }

    fn read_head(&mut self) -> Result<Option<(StatusCode, HeaderMap)>, Failure> {
        let mut lines = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Response::new(&mut lines);
        let parsed = head.parse(&self.came).map_err(|_| Failure::Malformed)?;
        let httparse::Status::Complete(length) = parsed else {
            return Ok(None);
        };
        let status = StatusCode::from_u16(head.code.unwrap_or_default());
        let status = status.map_err(|_| Failure::Malformed)?;
        let mut headers = HeaderMap::new();
        for line in &*head.headers {
            let name = HeaderName::from_bytes(line.name.as_bytes());
            let value = HeaderValue::from_bytes(line.value);
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err(Failure::Malformed);
            };
            headers.append(name, value);
        }
        self.came.advance(length);
        Ok(Some((status, headers)))
    }

    async fn body(&mut self, headers: &HeaderMap) -> Result<Bytes, Failure> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(length) = text(header::CONTENT_LENGTH) {
            let length = length.parse().map_err(|_| Failure::Malformed)?;
            return self.piece(length).await;
        }
        if text(header::TRANSFER_ENCODING).is_some() {
            return self.chunks().await;
        }
        while self.more().await? > 0 {}
        Ok(self.came.split().freeze())
    }

    async fn chunks(&mut self) -> Result<Bytes, Failure> {
        let mut body = BytesMut::new();
        loop {
            let line = loop {
                if let Some(end) = self.came.windows(2).position(|two| two == b"\r\n") {
                    break self.came.split_to(end + 2);
                }
                if self.more().await? == 0 {
                    return Err(Failure::Closed);
                }
            };
            let size = line[..]
                .split(|byte| *byte == b';' || *byte == b'\r')
                .next();
            let size = size.and_then(|digits| std::str::from_utf8(digits).ok());
            let size = size.and_then(|digits| usize::from_str_radix(digits, 16).ok());
            let size = size.ok_or(Failure::Malformed)?;
            body.extend(self.piece(size).await?);
            self.piece(2).await?;
            if size == 0 {
                return Ok(body.freeze());
            }
        }
    }

    async fn piece(&mut self, length: usize) -> Result<Bytes, Failure> {
        while self.came.len() < length {
            if self.more().await? == 0 {
                return Err(Failure::Closed);
            }
        }
        Ok(self.came.split_to(length).freeze())
    }

    /// Waits for more bytes, and sends on what is not sent yet; how many came, 0 at the end. Who
    /// takes no more bytes may have said why.
    async fn more(&mut self) -> Result<usize, Failure> {
        loop {
            tokio::select! {
                biased;
                came = self.read.read_buf(&mut self.came) => return came.map_err(lost),
                sent = self.write.write(&self.unsent), if self.unsent.has_remaining() => {
                    match sent {
                        Ok(count) => self.unsent.advance(count),
                        Err(_) => self.unsent.clear(),
                    }
                    if self.unsent.is_empty() {
                        self.write.flush().await.map_err(lost)?;
                    }
                }
            }
        }
    }
}

fn lost(_: io::Error) -> Failure {
    Failure::Closed
}
