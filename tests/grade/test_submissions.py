"""Submissions in folders, files and archives: what is one, what is read of it, and what is not."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from hw2check.errors import HW2CheckError
from hw2check.grade.submissions import MAX_FILE, MAX_FILES, Submission, find_submissions


def found(*named: str | Path) -> dict[str, Submission]:
    return {submission.id: submission for submission in find_submissions(map(str, named))}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def packed(files: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw.getvalue()


def names(submission: Submission) -> list[str]:
    return [file.name for file in submission.files]


ADA, BEN = b"[answers]\na = 1\n", b"# Ben\n"
CANVAS = {
    "lovelace_101_9001_hw2.toml": ADA,
    "lovelace_101_9002_notes-1.md": BEN,
    "babbage_LATE_102_9003_hw2.md": BEN,
}


def test_a_file_or_a_folder_in_a_class_folder_is_a_submission(tmp_path: Path) -> None:
    write(tmp_path, {"ada.toml": ADA, "ben/one.md": BEN, "ben/deep/two.toml": ADA, ".git/x.toml": ADA})
    submissions = found(tmp_path)
    assert list(submissions) == ["ada", "ben"]
    assert names(submissions["ada"]) == ["ada.toml"]
    assert names(submissions["ben"]) == ["deep/two.toml", "one.md"]
    assert submissions["ada"].files[0].content == ADA


def test_folders_and_archives_have_the_same_submissions(tmp_path: Path) -> None:
    files = {"ada.toml": ADA, "ben/one.md": BEN, "__MACOSX/ben/one.md": b"x", "cy/two.pdf": b"%PDF"}
    folder = write(tmp_path / "class", files)
    archive = tmp_path / "class.zip"
    archive.write_bytes(packed({f"class/{name}": content for name, content in files.items()}))
    flat = tmp_path / "flat.zip"
    flat.write_bytes(packed(files))
    assert found(folder) == found(archive) == found(flat)
    assert found(folder)["cy"].trouble.startswith("two.pdf is none of the kinds that are read: .ipynb, ")


@pytest.mark.parametrize("as_archive", [False, True])
def test_what_canvas_downloads(tmp_path: Path, as_archive: bool) -> None:
    place = tmp_path / "submissions.zip" if as_archive else write(tmp_path / "submissions", CANVAS)
    if as_archive:
        place.write_bytes(packed(CANVAS))
    submissions = found(place)
    assert list(submissions) == ["babbage_102", "lovelace_101"]
    ada, ben = submissions["lovelace_101"], submissions["babbage_102"]
    assert (ada.student, ada.user, ada.late, names(ada)) == (
        "lovelace",
        "101",
        False,
        ["hw2.toml", "notes-1.md"],
    )
    assert (ben.student, ben.user, ben.late, names(ben)) == ("babbage", "102", True, ["hw2.md"])


def test_what_gradescope_exports(tmp_path: Path) -> None:
    write(
        tmp_path / "assignment_77_export",
        {
            "submission_metadata.yml": b"submission_1:\n",
            "submission_1/hw.toml": ADA,
            "submission_2/hw.md": BEN,
        },
    )
    assert list(found(tmp_path)) == ["submission_1", "submission_2"]
    assert list(found(tmp_path / "assignment_77_export")) == ["submission_1", "submission_2"]


def test_a_students_own_archive_is_one_submission(tmp_path: Path) -> None:
    write(tmp_path, {"ada.zip": packed({"hw/one.toml": ADA, "hw/inner.zip": packed({"x.toml": ADA})})})
    (ada,) = found(tmp_path).values()
    assert (ada.id, names(ada)) == ("ada", ["ada.zip/hw/one.toml"])


def test_several_places_may_have_the_same_name(tmp_path: Path) -> None:
    write(tmp_path, {"one/ada.toml": ADA, "two/ada.toml": BEN})
    submissions = found(tmp_path / "one", tmp_path / "two")
    assert list(submissions) == ["ada", "ada (2)"]
    assert submissions["ada (2)"].files[0].content == BEN


def test_no_link_leads_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret.toml"
    secret.write_bytes(ADA)
    folder = write(tmp_path / "class", {"ada/hw.toml": ADA})
    (folder / "eve.toml").symlink_to(secret)
    (folder / "ada" / "more.toml").symlink_to(folder / "ada" / "hw.toml")
    (folder / "mal").symlink_to(tmp_path)
    (folder / "rho").mkdir()
    (folder / "rho" / "again").symlink_to(folder / "rho")
    (folder / "gone.toml").symlink_to(folder / "nowhere.toml")
    submissions = found(folder)
    assert submissions["ada"].trouble == ""
    assert names(submissions["ada"]) == ["hw.toml", "more.toml"]
    for name in ("eve", "mal", "rho", "gone"):
        assert not submissions[name].files
        assert submissions[name].trouble
    assert "leads out of the folder" in submissions["eve"].trouble


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_no_submission(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ada.toml")
    assert "not a regular file" in found(tmp_path)["ada"].trouble


def test_what_is_too_large_is_said(tmp_path: Path) -> None:
    bomb = packed({"hw.toml": b"0" * (MAX_FILE + 1)})
    many = packed({f"{n}.toml": ADA for n in range(MAX_FILES + 1)})
    heavy = packed({f"{n}.toml": b"0" * MAX_FILE for n in range(6)})
    folder = write(tmp_path / "class", {"ada.zip": bomb, "ben.zip": many, "cy.zip": heavy})
    (folder / "big.toml").write_bytes(b"0" * (MAX_FILE + 1))
    troubles = {name: submission.trouble for name, submission in found(folder).items()}
    assert troubles["ada"] == "ada.zip/hw.toml is larger than 8 MiB"
    assert troubles["ben"] == troubles["cy"] == "it has more than 200 files or 32 MiB"
    assert troubles["big"].endswith("larger than 8 MiB")


@pytest.mark.parametrize("damage", ["cut", "flipped", "no zip"])
def test_broken_archives_are_said(tmp_path: Path, damage: str) -> None:
    raw = packed({"hw.toml": ADA * 100})
    broken = {
        "cut": raw[:-20],
        "flipped": raw[:40] + bytes([raw[40] ^ 255]) + raw[41:],
        "no zip": b"hello",
    }[damage]
    folder = write(tmp_path / "class", {"ada.zip": broken, "ben.toml": ADA})
    submissions = found(folder)
    assert submissions["ada"].trouble
    assert submissions["ben"].files
    if damage != "flipped":
        with pytest.raises(HW2CheckError, match="no zip archive that can be read"):
            found(folder / "ada.zip")


def test_names_that_lead_out_of_an_archive_are_left_alone(tmp_path: Path) -> None:
    archive = tmp_path / "class.zip"
    archive.write_bytes(packed({"../eve.toml": ADA, "/mal.toml": ADA, "ada.toml": ADA, "ben.toml": BEN}))
    assert list(found(archive)) == ["ada", "ben"]


def test_what_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HW2CheckError, match="there is no such file"):
        found(tmp_path / "missing.zip")
    with pytest.raises(HW2CheckError, match="there is no such file"):
        found(tmp_path / "missing.toml")
