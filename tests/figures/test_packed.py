"""What a page carries in compressed form. That a browser unpacks it is tested in a browser."""

import base64
import re
import zlib

from hypothesis import given
from hypothesis import strategies as st

from muse_lib.figures.packed import packed


@given(st.binary())
def test_what_is_packed_comes_out_byte_for_byte(data):
    assert zlib.decompress(base64.b64decode(packed(data))) == data


@given(st.text())
def test_no_text_leaves_a_sign_that_html_or_json_would_escape(text):
    assert re.fullmatch("[A-Za-z0-9+/=]+", packed(text.encode()))
