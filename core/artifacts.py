"""The artifact store: immutable directories with a manifest, on a local disk, S3 or GCS through
fsspec.

A directory is published under a temporary name, then renamed; where the store cannot rename, the
manifest is written
last. Readers trust only a directory whose manifest is there and fits. Blocking: call from a thread.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import fsspec
from fsspec.implementations.arrow import ArrowFSWrapper

from core.errors import ArtifactCorrupt, Conflict, NotFound
from core.ids import new_id
from core.records import decode, encode

MANIFEST: Final = "manifest.json"
BUCKETS: Final = ("s3://", "gs://")


@dataclass(frozen=True, slots=True)
class FileEntry:
    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    name: str
    files: list[FileEntry]
    sha256: str
    """Digest over the sorted (path, sha256) pairs: the content's identity."""


def describe(directory: Path, name: str) -> Manifest:
    """The manifest of a directory as it is now. Raises NotFound when it is empty."""
    files = [
        FileEntry(str(path.relative_to(directory)), path.stat().st_size, file_sha256(path))
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    ]
    if not files:
        raise NotFound(f"{directory} holds no files to publish")
    return Manifest(name, files, _content_sha256(files))


def _content_sha256(files: list[FileEntry]) -> str:
    digest = hashlib.sha256()
    for entry in files:
        digest.update(f"{entry.path}\0{entry.sha256}\n".encode())
    return digest.hexdigest()


def verify(directory: Path) -> Manifest:
    """The manifest of a published directory. Raises ArtifactCorrupt naming the file that does not
    fit.
    """
    path = directory / MANIFEST
    if not path.is_file():
        raise ArtifactCorrupt(f"{directory} has no {MANIFEST}: it was never completely published")
    manifest = decode(Manifest, path.read_bytes())
    if _content_sha256(manifest.files) != manifest.sha256:
        raise ArtifactCorrupt(f"{path} does not list the files it was made of")
    for entry in manifest.files:
        file = directory / entry.path
        if not file.is_file() or file.stat().st_size != entry.size_bytes:
            raise ArtifactCorrupt(f"{file} is missing or cut short")
        if file_sha256(file) != entry.sha256:
            raise ArtifactCorrupt(f"{file} does not match its checksum")
    return manifest


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Artifacts:
    """Publishes and fetches directories below one URL, and keeps single files there."""

    def __init__(self, url: str) -> None:
        self._fs, self._root = _filesystem(url)

    def publish(self, directory: Path, name: str) -> Manifest:
        """Stores a directory under `name`. The same content again is fine; other content is a
        Conflict.
        """
        manifest = describe(directory, name)
        target = f"{self._root}/{name}"
        if self._fs.exists(f"{target}/{MANIFEST}"):
            known = self.manifest(name)
            if known.sha256 != manifest.sha256:
                raise Conflict(f"Artifact {name!r} exists with other content")
            return known
        upload = f"{self._root}/.{name}.{new_id('tmp')}" if self._renames else target
        try:
            self._upload(directory, manifest, upload)
            if self._renames:
                _settle(Path(upload), Path(target))
        except OSError:
            if self._renames:  # a full disk must not be filled by what nobody will read
                shutil.rmtree(upload, ignore_errors=True)
            raise
        return manifest

    def _upload(self, directory: Path, manifest: Manifest, upload: str) -> None:
        self._fs.makedirs(upload, exist_ok=True)
        for entry in manifest.files:
            self._fs.makedirs(f"{upload}/{entry.path}".rsplit("/", 1)[0], exist_ok=True)
            self._fs.put_file(str(directory / entry.path), f"{upload}/{entry.path}")
        self._fs.pipe_file(f"{upload}/{MANIFEST}", encode(manifest))

    def manifest(self, name: str) -> Manifest:
        """Raises NotFound unless `name` was completely published."""
        try:
            return decode(Manifest, self._fs.cat_file(f"{self._root}/{name}/{MANIFEST}"))
        except FileNotFoundError as error:
            raise NotFound(f"There is no published artifact {name!r}") from error

    def open(self, name: str, path: str) -> BinaryIO:
        """One file of a published directory, to read where it lies; not verified. Raises NotFound
        unless `name` was completely published.
        """
        self.manifest(name)
        file: BinaryIO = self._fs.open(f"{self._root}/{name}/{path}", "rb")
        return file

    def fetch(self, name: str, parent: Path) -> Path:
        """A verified local copy at `parent/name`, made under a temporary name first. Quick when it
        is there.

        Raises NotFound, and ArtifactCorrupt when the stored files do not match their manifest.
        """
        target = parent / name
        manifest = self.manifest(name)
        if target.is_dir():
            try:
                verify(target)
            except ArtifactCorrupt:
                shutil.rmtree(target)
            else:
                return target
        copy = parent / f".{name}.{new_id('tmp')}"
        copy.mkdir(parents=True)
        try:
            for entry in manifest.files:
                (copy / entry.path).parent.mkdir(parents=True, exist_ok=True)
                try:
                    self._fs.get_file(f"{self._root}/{name}/{entry.path}", str(copy / entry.path))
                except FileNotFoundError as error:
                    raise ArtifactCorrupt(f"Artifact {name!r} lacks {entry.path}") from error
            (copy / MANIFEST).write_bytes(encode(manifest))
            verify(copy)
            _sync(copy)
            os.rename(copy, target)
        finally:
            shutil.rmtree(copy, ignore_errors=True)
        return target

    def write(self, path: str, content: bytes) -> None:
        """Stores one file beside the directories, whole or not at all, on disk when it returns."""
        target = f"{self._root}/{path}"
        folder, name = target.rsplit("/", 1)
        self._fs.makedirs(folder, exist_ok=True)
        if not self._renames:
            self._fs.pipe_file(target, content)
            return
        making = Path(folder) / f".{name}"
        try:
            making.write_bytes(content)
            _sync_one(making)
            os.rename(making, target)
            _sync_one(Path(folder))
        except OSError:
            making.unlink(missing_ok=True)  # of a full disk, nobody will read it
            raise

    def read(self, path: str) -> bytes:
        """A file that `write` stored. Raises NotFound."""
        try:
            content: bytes = self._fs.cat_file(f"{self._root}/{path}")
        except FileNotFoundError as error:
            raise NotFound(f"There is no stored file {path!r}") from error
        return content

    def files(self, folder: str) -> list[str]:
        """Names of the files in a folder, of unfinished ones too; none where there is no folder."""
        self._fs.invalidate_cache()
        try:
            found = self._fs.ls(f"{self._root}/{folder}", detail=False)
        except FileNotFoundError:
            return []
        return sorted(str(path).rsplit("/", 1)[-1] for path in found)

    def remove(self, path: str) -> None:
        """Does nothing where it is gone already."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._root}/{path}")

    def names(self) -> list[str]:
        """Completely published directories, sorted."""
        if not self._fs.exists(self._root):
            return []
        found = (str(path).rsplit("/", 1)[-1] for path in self._fs.ls(self._root, detail=False))
        return sorted(
            n for n in found if n[0] != "." and self._fs.exists(f"{self._root}/{n}/{MANIFEST}")
        )

    @property
    def _renames(self) -> bool:
        return "file" in self._fs.protocol


def _filesystem(url: str) -> tuple[Any, str]:
    """Arrow brings S3 and GCS along and takes credentials from where their own tools do; a store of
    one's own is named as `s3://bucket/folder?endpoint_override=host:port&scheme=http`.
    """
    if url.startswith(BUCKETS):
        from pyarrow.fs import FileSystem  # reaches for a network, and a local store needs none

        bucket, root = FileSystem.from_uri(url)
        return ArrowFSWrapper(bucket), root.rstrip("/")
    fs, root = fsspec.core.url_to_fs(url)
    return fs, str(root).rstrip("/")


def _settle(upload: Path, target: Path) -> None:
    """On disk first, then under its name."""
    _sync(upload)
    if target.exists():  # a part of an upload that died; only complete ones have a manifest
        shutil.rmtree(target)
    os.rename(upload, target)
    _sync(target.parent)


def _sync(directory: Path) -> None:
    """Forces a directory's files and the directory itself to disk."""
    for path in [*(p for p in directory.iterdir() if p.is_file()), directory]:
        _sync_one(path)


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
