"""The trainer of a second, with a span as the real one has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core import spans
from tests.worker import fake_trainer

if __name__ == "__main__":
    spans.begin("thumbwheel-trainer", os.environ.get("THUMBWHEEL_OTLP_URL", ""))
    with spans.span("dpo", parent=os.environ.get("TRACEPARENT", "")):
        code = fake_trainer.main()
    spans.end()
    sys.exit(code)
