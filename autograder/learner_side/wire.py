"""The wire between the checks and the learner's process: JSON and raw tensor bytes, nothing that can be executed.

A frame is 20 bytes of header (the message's number, length of the JSON, length of the bytes), the JSON text, then the bytes of all
tensors.
Both sides use this file; neither trusts what the other one sends beyond what is checked here.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

HEADER = struct.Struct(">QIQ")
READ = 2**16
MAX_FRAME = 64 * 2**20
#: Bytes of a frame's JSON: as objects it takes some fifty times as many, so that only tensors may be large.
MAX_JSON = 4 * 2**20
MAX_DEPTH = 12
#: Values in lists, tuples and dicts, all of one message together.
MAX_ITEMS = 100_000
MAX_TEXT = 2**19
#: Bits of a whole number: Python itself refuses to write much longer ones as text.
MAX_BITS = 4096
#: Numbers in a tensor without data.
MAX_NUMEL = 2**58
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64, torch.complex128,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)}


class ProtocolError(Exception):
    """A frame that breaks the rules above. Its text says which one."""


class Closed(Exception):
    """The other side has gone."""


@dataclass(frozen=True)
class Opaque:
    """A value that does not cross the wire: only its type's name does."""

    type_name: str


@dataclass(frozen=True)
class Function:
    """A function of the checks' side that the learner's code may call back by this name. ``of``: whose it is, which stays here."""

    name: str
    of: str = ""


def way_of(function: Function) -> str:
    """The id of an implementation that is named ``<exercise>__<id>``."""
    return (function.of or function.name).partition("__")[2].replace("_", "-")


@dataclass
class Packed:
    """A value on its way: its JSON tree, and the tensors' bytes."""

    blobs: list[bytes] = field(default_factory=list)
    size: int = 0
    items: int = 0

    def add(self, data: bytes) -> list[int]:
        """Keep these bytes; returns where they start and end."""
        self.blobs.append(data)
        self.size += len(data)
        return [self.size - len(data), self.size]


def pack(value: Any, packed: Packed, depth: int = 0) -> Any:
    """The JSON tree of ``value``; the bytes of its tensors go to ``packed``. What is not plain data becomes its type's name."""
    if depth > MAX_DEPTH:
        return {"opaque": "something nested too deeply"}
    if type(value) is int and value.bit_length() > MAX_BITS:
        return {"opaque": f"int of {value.bit_length()} bits"}
    if value is None or type(value) in (bool, int, float):
        return value
    if type(value) is str:
        return value[:MAX_TEXT]
    if isinstance(value, Tensor):
        return _pack_tensor(value, packed)
    if type(value) in (list, tuple, dict, torch.Size):
        return _pack_items(value, packed, depth + 1)
    if type(value) is Function:
        return {"function": value.name}
    return {"opaque": value.type_name if type(value) is Opaque else type_name(value)}


def _pack_items(value: Any, packed: Packed, depth: int) -> dict[str, Any]:
    packed.items += len(value)
    if packed.items > MAX_ITEMS:
        return {"opaque": f"{type_name(value)} with too many items"}
    if type(value) is not dict:
        return {"list" if type(value) is list else "tuple": [pack(item, packed, depth) for item in value]}
    if all(type(key) is str for key in value):
        return {"dict": {key: pack(item, packed, depth) for key, item in value.items()}}
    return {"opaque": type_name(value)}


def type_name(value: Any) -> str:
    """``numpy.ndarray``, ``int``: the type as a learner would write it."""
    kind = type(value)
    module = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"[:200]


def _pack_tensor(value: Tensor, packed: Packed) -> dict[str, Any]:
    kind = str(value.dtype).removeprefix("torch.")
    if kind not in DTYPES or value.layout != torch.strided:
        kind = "unknown"
    there = kind != "unknown" and value.device.type != "meta"
    try:
        where = packed.add(_bytes(value)) if there else None
    except Exception:  # a tensor can be made that answers no question about its values
        return {"opaque": f"{type_name(value)} that can't be read"}
    return {"tensor": {"dtype": kind, "shape": list(value.shape), "bytes": where, "grad": value.requires_grad, "kind": type_name(value)}}


def _bytes(value: Tensor) -> bytes:
    # A fresh tensor: one of a single element counts as contiguous whatever its strides are, and then can't be viewed as bytes.
    plain = torch.empty(value.shape, dtype=value.dtype).copy_(value.detach())
    return plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""


def unpack(tree: Any, blob: memoryview, function: Callable[[str], Any] = Function, depth: int = 0) -> Any:
    """The value of a JSON tree, its tensors on the CPU or on meta. Raises ``ProtocolError`` for any tree that ``pack`` does not make."""
    if depth > MAX_DEPTH and not (type(tree) is dict and "opaque" in tree):  # which stands for what was cut off
        raise ProtocolError("nested too deeply")
    if tree is None or type(tree) in (bool, int, float, str):
        return tree
    if type(tree) is not dict or len(tree) != 1:
        raise ProtocolError("a value without a tag")
    (tag, body), = tree.items()
    if tag in ("list", "tuple") and type(body) is list:
        items = [unpack(item, blob, function, depth + 1) for item in body]
        return items if tag == "list" else tuple(items)
    if tag == "dict" and type(body) is dict:
        return {key: unpack(item, blob, function, depth + 1) for key, item in body.items()}
    return _unpack_leaf(tag, body, blob, function)


def _unpack_leaf(tag: str, body: Any, blob: memoryview, function: Callable[[str], Any]) -> Any:
    if tag == "tensor" and type(body) is dict:
        return _unpack_tensor(body, blob)
    if tag == "function" and type(body) is str:
        return function(body)
    if tag == "opaque" and type(body) is str:
        return Opaque(body[:200])
    raise ProtocolError(f"unknown tag {tag!r:.40}")


def _unpack_tensor(body: dict[str, Any], blob: memoryview) -> Any:
    try:
        dtype, shape, where, grad, kind = (body[key] for key in ("dtype", "shape", "bytes", "grad", "kind"))
    except KeyError as missing:
        raise ProtocolError(f"a tensor without {missing}") from None
    if not isinstance(kind, str) or kind not in ("Tensor", "torch.Tensor", "torch.nn.parameter.Parameter"):
        return Opaque(str(kind)[:200])
    if type(dtype) is not str or dtype not in DTYPES:
        return Opaque(f"Tensor of dtype {dtype!s:.40}")
    if not _is_shape(shape):
        raise ProtocolError("a shape that is none")
    if where is None:
        return _with_grad(torch.empty(shape, dtype=DTYPES[dtype], device="meta"), grad)
    return _with_grad(_tensor(DTYPES[dtype], shape, where, blob), grad)


def _is_shape(shape: Any) -> bool:
    """Whether a tensor can have this shape; one whose strides or bytes can't be counted in 64 bits can't even be made on meta."""
    if type(shape) is not list or len(shape) > 64 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        return False
    return bool(math.prod(max(n, 1) for n in shape) < MAX_NUMEL)


def _with_grad(tensor: Tensor, grad: Any) -> Tensor:
    differentiable = tensor.dtype.is_floating_point or tensor.dtype.is_complex
    return tensor.requires_grad_(grad is True and differentiable)


def _tensor(dtype: torch.dtype, shape: list[int], where: Any, blob: memoryview) -> Tensor:
    if type(where) is not list or len(where) != 2 or not all(type(n) is int for n in where):
        raise ProtocolError("a tensor's bytes are nowhere")
    start, end = where
    numel = 1
    for size in shape:
        numel *= size
    if not 0 <= start <= end <= len(blob) or end - start != numel * dtype.itemsize:
        raise ProtocolError("a tensor's bytes don't fit its shape")
    flat = torch.frombuffer(bytearray(blob[start:end]), dtype=dtype) if numel else torch.empty(0, dtype=dtype)
    return flat.reshape(shape)


def frame(message: dict[str, Any], number: int = 0) -> bytes:
    """The bytes of one message. Raises ``ProtocolError`` when it is larger than ``MAX_FRAME``."""
    return numbered(body(message), number)


def body(message: dict[str, Any]) -> tuple[bytes, bytes]:
    """A message without its number: the JSON text, and the bytes of its tensors. Raises ``ProtocolError`` as :func:`frame` does."""
    packed = Packed()
    text = json.dumps({key: pack(value, packed) for key, value in message.items()}).encode()
    if len(text) > MAX_JSON or len(text) + packed.size > MAX_FRAME:
        raise ProtocolError("the answer is too large")
    return text, b"".join(packed.blobs)


def numbered(parts: tuple[bytes, bytes], number: int) -> bytes:
    """The frame of a body under a number."""
    return HEADER.pack(number, len(parts[0]), len(parts[1])) + parts[0] + parts[1]


def parse(text: bytes, blob: memoryview, function: Callable[[str], Any] = Function) -> dict[str, Any]:
    """The message in a frame's JSON and bytes. Raises ``ProtocolError``."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("not JSON") from None
    if type(tree) is not dict:
        raise ProtocolError("not a message")
    return {key: unpack(value, blob, function) for key, value in tree.items()}


def copied(values: dict[str, Any], function: Callable[[str], Any] = Function) -> dict[str, Any]:
    """The values as they would arrive on the other side, without any wire."""
    packed = Packed()
    tree = {key: pack(value, packed) for key, value in values.items()}
    blob = memoryview(b"".join(packed.blobs))
    return {key: unpack(value, blob, function) for key, value in tree.items()}


class Stream:
    """Messages over a socket, each under a number. Reads all that has arrived at once, and gives it out message by message.

    ``descriptors``: file descriptors that came along, in the order of their messages; only taken in where ``takes_descriptors``.
    """

    def __init__(self, channel: socket.socket, takes_descriptors: bool = False) -> None:
        self._socket, self._buffer, self._takes = channel, bytearray(), takes_descriptors
        self.descriptors: list[int] = []

    def send(self, message: dict[str, Any], number: int = 0) -> None:
        """Write one message. Raises ``Closed`` when nobody reads it, ``TimeoutError`` and ``ProtocolError``."""
        self.post(frame(message, number))

    def post(self, frames: bytes, descriptor: int | None = None) -> None:
        """Write frames as they are, with a file descriptor if one is given. Raises ``Closed`` and ``TimeoutError``."""
        try:
            if descriptor is not None:
                frames = frames[socket.send_fds(self._socket, [frames], [descriptor]):]
            self._socket.sendall(frames)
        except TimeoutError:
            raise
        except OSError:
            raise Closed from None

    def receive(self, until: float | None = None, function: Callable[[str], Any] = Function) -> tuple[int, dict[str, Any]]:
        """Read one message and its number, by the clock ``time.monotonic() == until`` at the latest.

        Raises ``TimeoutError``, ``Closed`` and ``ProtocolError``.
        """
        number, text_size, blob_size = HEADER.unpack(self._take(HEADER.size, until))
        if text_size > MAX_JSON or text_size + blob_size > MAX_FRAME:
            raise ProtocolError("the answer is too large")
        text = self._take(text_size, until)
        return number, parse(text, memoryview(self._take(blob_size, until)), function)

    def limit(self, until: float | None) -> None:
        """Let no reading or writing last longer than until then."""
        self._socket.settimeout(None if until is None else max(until - time.monotonic(), 1e-6))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _take(self, size: int, until: float | None) -> bytes:
        while len(self._buffer) < size:
            self.limit(until)
            self._buffer += self._arrived()
        if until is not None and time.monotonic() > until:  # what was sent ahead buys no time
            raise TimeoutError
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _arrived(self) -> bytes:
        try:
            if not self._takes:
                data = self._socket.recv(READ)
            else:
                data, descriptors, _, _ = socket.recv_fds(self._socket, READ, 1)
                self.descriptors += descriptors
        except TimeoutError:
            raise
        except OSError:
            raise Closed from None
        if not data:
            raise Closed
        return data
