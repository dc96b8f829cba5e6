"""Functions' code, unpacked once for each content."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path


class CodeStore:
    """Directories with the content of zip files. The same zip file is unpacked once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._root: Path | None = None
        self._known: dict[str, Path] = {}

    def unpacked(self, archive: bytes) -> Path:
        digest = hashlib.sha256(archive).hexdigest()
        with self._lock:
            if digest not in self._known:
                if self._root is None:
                    self._root = Path(tempfile.mkdtemp(prefix="localcloud-"))
                target = self._root / digest[:16]
                with zipfile.ZipFile(io.BytesIO(archive)) as content:
                    content.extractall(target)
                self._known[digest] = target
            return self._known[digest]

    def clear(self) -> None:
        """Delete everything that was unpacked."""
        with self._lock:
            self._known.clear()
            if self._root is not None:
                shutil.rmtree(self._root, ignore_errors=True)
                self._root = None
