"""Data that a page carries in compressed form, for the browser to unpack."""

import base64
import zlib

UNPACKED_JS = """
// What is packed, as a Response: await its .json() or its .arrayBuffer().
const unpacked = (packed) => {
  const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")));
};
"""
"""The inverse of `packed` in JavaScript, which all browsers can run since 2023."""


def packed(data: bytes) -> str:
    """Return ``data`` compressed, as text without characters that HTML or JSON would escape."""
    return base64.b64encode(zlib.compress(data, 9)).decode()
