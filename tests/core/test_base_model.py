"""What a base model's files say about which one it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.base_model import describe_base, template_hash
from core.errors import NotFound
from core.records import BaseFiles, Replica, Response, decode
from tests.conftest import ROOT


def make_base(directory: Path, *, weights: bytes = b"w", template: object = "{{ x }}") -> Path:
    directory.mkdir()
    (directory / "model-1.safetensors").write_bytes(weights)
    (directory / "model-2.safetensors").write_bytes(b"more")
    (directory / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    return directory


def test_the_same_files_are_the_same_base_wherever_they_lie(tmp_path: Path) -> None:
    one, other = make_base(tmp_path / "one"), make_base(tmp_path / "other")
    (other / "README.md").write_text("more words")
    (other / "pytorch_model.bin").write_bytes(b"the same weights once more")
    assert describe_base(str(one)) == describe_base(str(other))


def test_other_weights_or_another_template_show(tmp_path: Path) -> None:
    base = describe_base(str(make_base(tmp_path / "base")))
    weights = describe_base(str(make_base(tmp_path / "weights", weights=b"v")))
    spoken = describe_base(str(make_base(tmp_path / "spoken", template="{{ y }}")))
    assert (weights.template, weights.weights != base.weights) == (base.template, True)
    assert (spoken.weights, spoken.template != base.template) == (base.weights, True)


def test_a_template_file_comes_before_the_tokenizers(tmp_path: Path) -> None:
    (make_base(tmp_path / "a") / "chat_template.jinja").write_text("{{ y }}")
    make_base(tmp_path / "b", template="{{ y }}")
    found = [describe_base(str(tmp_path / name)).template for name in "ab"]
    assert found[0] == found[1]


@pytest.mark.parametrize("template", [None, [{"name": "default", "template": "{{ x }}"}]])
def test_templates_of_every_shape_have_a_hash(tmp_path: Path, template: object) -> None:
    assert len(describe_base(str(make_base(tmp_path / "b", template=template))).template) == 64


@pytest.mark.parametrize("name", ["nowhere/such-model", "not a name at all", ""])
def test_what_is_not_there_is_not_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        describe_base(name or str(tmp_path))


def test_the_shipped_model_has_both() -> None:
    files = describe_base(str(ROOT / "models" / "seedling"))
    assert len(files.weights) == len(files.template) == 64


def test_a_template_is_the_bases_and_the_assistants() -> None:
    kind, terse = (template_hash(BaseFiles("w", "t"), said) for said in ("Be kind.", "Be terse."))
    assert kind != terse
    assert kind != template_hash(BaseFiles("w", "other"), "Be kind.")
    assert kind == template_hash(BaseFiles("other", "t"), "Be kind.")
    assert template_hash(BaseFiles(), "Be kind.") == ""


def test_records_without_the_hashes_are_still_read() -> None:
    response = {"id": "resp_1", "assistant": "support", "version": "base", "user": "ann"}
    response |= {"prompt": "msg_1", "sampling": {"temperature": 0.7}, "created": 1.0}
    read = decode(Response, json.dumps(response))
    assert (read.base_hash, read.template_hash, read.sampling) == ("", "", {"temperature": 0.7})
    replica = {"id": "r1", "url": "http://r1", "base_model": "m", "ready": True, "versions": []}
    assert decode(Replica, json.dumps({**replica, "at": 1.0})).base_files == BaseFiles()
