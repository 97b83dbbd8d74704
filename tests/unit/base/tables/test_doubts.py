"""Texts that somebody hardly meant are noticed; texts of any language are not."""

import pytest

from ptlib.base.tables.doubts import GARBLED, MISSING, doubt

WORLD = ["a naïve café — “quoted”…", "Ça va ? Être à Ålesund", "SÃO PAULO, MANHÃ !", "Über größe", "Привет, мир!", "很好看。"]
WORLD += ["مرحبا", "😀👍🏽", "ελληνικά", "100 £ ± 5 µm © ™", "â la carte", "Â", "none of it", "nano", "na", "N", "", "#1"]


@pytest.mark.parametrize("text", WORLD)
def test_a_text_of_any_language_is_not_doubted_but_noticed_once_it_is_garbled(text: str) -> None:
    assert doubt((text, "fine")) == ""
    for encoding in ("cp1252", "latin-1"):
        garbled = text.encode().decode(encoding, errors="replace")
        assert doubt(("fine", garbled)) == ("" if text.isascii() else GARBLED), garbled


@pytest.mark.parametrize("sign", ["nan", "NULL", "None", "\\N", "#N/A", "#REF!", "#NAME?", "<NA>"])
def test_a_sign_for_a_missing_value_is_no_text(sign: str) -> None:
    assert doubt(("fine", sign)) == MISSING and doubt((f"{sign} is here",)) == ""


def test_windows_quotes_that_were_read_as_latin_1_are_noticed() -> None:
    assert doubt(("“so”".encode("cp1252").decode("latin-1"),)) == GARBLED
