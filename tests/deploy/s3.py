"""A bucket on loopback: as much of S3 as Arrow's client asks for, signatures checked. Nothing but
this and a real S3 would show that adapters and archives live in a store without renames.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import BinaryIO, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

KEY_ID: Final = "operator"
SECRET: Final = "a secret of the bucket's"
UNSIGNED: Final = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([\w-]+)/s3/aws4_request,"
    r"\s*SignedHeaders=([\w;-]+),\s*Signature=(\w+)"
)
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d+)")


class Bucket:
    """One bucket and what lies in it, by key. `away`: the store answers 503."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.away = False
        self.port = 0

    def url(self, folder: str) -> str:
        """As THUMBWHEEL_ARTIFACTS_URL names a store of one's own."""
        return f"s3://{self.name}/{folder}?endpoint_override=127.0.0.1:{self.port}&scheme=http"


@contextmanager
def run_bucket(name: str = "bucket") -> Iterator[Bucket]:
    bucket = Bucket(name)
    handler = type("Handler", (_Handler,), {"bucket": bucket})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    bucket.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_HEAD(self) -> None:
        self._answer()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD

    def _answer(self) -> None:
        split = urlsplit(self.path)
        self.query = dict(parse_qsl(split.query, keep_blank_values=True))
        self.body = self._read()
        bucket, _, key = unquote(split.path).lstrip("/").partition("/")
        if not self._is_signed(split.path):
            self._reply(403, _error("SignatureDoesNotMatch"))
        elif self.bucket.away:
            self._reply(503, _error("SlowDown"))
        elif bucket != self.bucket.name:
            self._reply(404, _error("NoSuchBucket"))
        elif not key:
            self._reply(200, b"" if self.command == "HEAD" else self._listed())
        else:
            getattr(self, f"_{self.command.lower()}")(key)

    def _read(self) -> bytes:
        """Arrow sends a part in HTTP's chunks, inside of which are S3's own, with a checksum."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return b"".join(_chunks(io.BytesIO(b"".join(_chunks(self.rfile)))))

    def _head(self, key: str) -> None:
        found = self.bucket.objects.get(key)
        self._reply(404 if found is None else 200, found or b"")

    def _get(self, key: str) -> None:
        found = self.bucket.objects.get(key)
        if found is None:
            self._reply(404, _error("NoSuchKey"))
        elif part := _RANGE.fullmatch(self.headers.get("Range", "")):
            first, last = int(part[1]), min(int(part[2]), len(found) - 1)
            self._reply(206, found[first : last + 1], f"bytes {first}-{last}/{len(found)}")
        else:
            self._reply(200, found)

    def _put(self, key: str) -> None:
        if upload := self.query.get("uploadId"):
            self.bucket.uploads[upload][int(self.query["partNumber"])] = self.body
        else:
            self.bucket.objects[key] = self.body
        self._reply(200, b"")

    def _post(self, key: str) -> None:
        """Begins an upload in parts, or ends it: only then the object is there."""
        if "uploads" in self.query:
            upload = f"upload-{len(self.bucket.uploads)}"
            self.bucket.uploads[upload] = {}
            tag, told = "InitiateMultipartUploadResult", f"<UploadId>{upload}</UploadId>"
        else:
            parts = self.bucket.uploads[self.query["uploadId"]]
            self.bucket.objects[key] = b"".join(part for _, part in sorted(parts.items()))
            tag, told = "CompleteMultipartUploadResult", ""
        self._reply(200, f"<{tag}><Key>{escape(key)}</Key>{told}</{tag}>".encode())

    def _delete(self, key: str) -> None:
        self.bucket.objects.pop(key, None)
        self._reply(204, b"")

    def _listed(self) -> bytes:
        """A page of keys below a prefix, and the folders there, as ListObjectsV2 tells them."""
        prefix, after = self.query.get("prefix", ""), self.query.get("continuation-token", "")
        found: dict[str, str] = {}
        for key in sorted(k for k in self.bucket.objects if k.startswith(prefix)):
            folder, cut, _ = key[len(prefix) :].partition(self.query.get("delimiter", "\0"))
            name = f"{prefix}{folder}{cut}"
            size = f"<Key>{escape(name)}</Key><Size>{len(self.bucket.objects[key])}</Size>"
            found[name] = (
                f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
                if cut
                else f"<Contents>{size}</Contents>"
            )
        names = [name for name in found if name > after]
        page = names[: int(self.query.get("max-keys", 1000))]
        more = len(page) < len(names)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        told = f"<IsTruncated>{str(more).lower()}</IsTruncated><KeyCount>{len(page)}</KeyCount>"
        inside = "".join(found[name] for name in page)
        return f"<ListBucketResult>{told}{token}{inside}</ListBucketResult>".encode()

    def _reply(self, status: int, body: bytes, part: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.send_header("Last-Modified", "Sat, 21 Nov 2026 12:00:00 GMT")
        if part:
            self.send_header("Content-Range", part)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _is_signed(self, path: str) -> bool:
        """AWS Signature Version 4, as its specification makes the string that is signed."""
        said = _AUTHORIZATION.fullmatch(self.headers.get("Authorization", ""))
        if said is None or said[1] != KEY_ID:
            return False
        _, day, region, names, signature = said.groups()
        headers = "".join(f"{n}:{self.headers[n].strip()}\n" for n in names.split(";"))
        query = "&".join(f"{quote(k, '')}={quote(v, '')}" for k, v in sorted(self.query.items()))
        digest = self.headers["x-amz-content-sha256"]
        request = "\n".join([self.command, path, query, headers, names, digest])
        scope = f"{day}/{region}/s3/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.headers['x-amz-date']}\n{scope}\n{hashed}"
        key = f"AWS4{SECRET}".encode()
        for step in (*scope.split("/"), text):
            key = hmac.digest(key, step.encode(), "sha256")
        sent = {UNSIGNED, hashlib.sha256(self.body).hexdigest()}
        return hmac.compare_digest(key.hex(), signature) and digest in sent


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while size := int(file.readline().split(b";")[0], 16):
        yield file.read(size)
        file.readline()
    while file.readline().strip():
        """Checksums, and the empty line after them."""


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
