"""The wire carries plain data exactly, and nothing else: every value comes back, every broken frame is refused."""

import contextlib
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.learner_side import wire
from autograder.learner_side.wire import Closed, Opaque, ProtocolError, Stream, copied, frame, parse

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
                      max_leaves=12)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    assert repr(copied({"value": value})["value"]) == repr(value)


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (2, 3, 5)], ids=str)
def test_tensors_come_back_bit_for_bit(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = (torch.rand(shape) * 7).to(dtype)
    back = copied({"value": tensor})["value"]
    assert back.dtype == tensor.dtype and back.shape == tensor.shape and torch.equal(back, tensor)


def test_layout_gradient_flag_and_nan_survive() -> None:
    tensor = torch.tensor([[float("nan"), -0.0], [float("inf"), 2.0]], requires_grad=True)
    back = copied({"value": tensor.T})["value"]
    assert back.requires_grad and back.is_contiguous() and str(back.detach()) == str(tensor.T.detach())


def test_meta_tensors_cross_without_data() -> None:
    back = copied({"value": torch.empty(10**6, 10**6, device="meta")})["value"]
    assert back.device.type == "meta" and back.shape == (10**6, 10**6)


def test_what_is_no_plain_data_arrives_as_the_name_of_its_type() -> None:
    class Sly(int):
        pass

    class Look(torch.Tensor):
        pass

    sent = {"a": Sly(3), "b": object(), "c": {1: 2}, "d": torch.ones(2).as_subclass(Look), "e": torch.ones(2).to_sparse()}
    back = copied(sent)
    assert all(isinstance(value, Opaque) for value in back.values())
    assert back["b"].type_name == "object" and "Look" in back["d"].type_name


def test_deep_nesting_is_cut_when_sent_and_refused_when_received() -> None:
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    assert "opaque" in json.dumps(wire.pack(deep, wire.Packed()))
    tree: Any = 1
    for _ in range(50):
        tree = {"list": [tree]}
    with pytest.raises(ProtocolError):
        wire.unpack(tree, memoryview(b""))


GOOD = {"dtype": "float32", "shape": [2], "bytes": [0, 8], "grad": False, "kind": "torch.Tensor"}


@pytest.mark.parametrize("change", [
    {"bytes": [0, 9]}, {"bytes": [-8, 0]}, {"bytes": [4, 12]}, {"shape": [3]}, {"shape": [-2]}, {"shape": "2"}, {"shape": [True, 2]},
    {"bytes": "all"}, {"shape": [2**50]}, {"bytes": [0, 8.0]}, {"shape": [2**39, 2**39], "bytes": None},
    {"shape": [0, 2**39, 2**39], "bytes": None}, {"shape": [2] + [1] * 64}], ids=str)
def test_a_tensor_whose_bytes_do_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        wire.unpack({"tensor": GOOD | change}, memoryview(bytes(8)))


@pytest.mark.parametrize("dtype", [{}, [], None, 3, "quint8"], ids=str)
def test_a_dtype_that_there_is_not_makes_no_tensor(dtype: Any) -> None:
    assert wire.unpack({"tensor": GOOD | {"dtype": dtype}}, memoryview(bytes(8))) == Opaque(f"Tensor of dtype {dtype}")


@pytest.mark.parametrize("tree", [
    [1], {"list": 3}, {"tuple": {}}, {"code": "x"}, {"tensor": []}, {"tensor": {}}, {"a": 1, "b": 2}, {}], ids=str)
def test_an_unknown_tree_is_refused(tree: Any) -> None:
    with pytest.raises(ProtocolError):
        wire.unpack(tree, memoryview(b""))


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_refused_or_data(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        parse(data, memoryview(data))


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a": ' * 50_000, b'{"a": 1e999}', b"\xff\xfe", b"null", b'{"a":' + b"9" * 5000 + b"}"])
def test_hostile_json_is_refused_without_a_traceback_of_its_own(text: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        parse(text, memoryview(b""))


def test_a_frame_that_claims_to_be_huge_is_refused_unread() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(wire.HEADER.pack(1, 10, 2**60))
    with pytest.raises(ProtocolError, match="too large"):
        Stream(ours).receive(time.monotonic() + 5)


def test_a_value_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(ProtocolError, match="too large"):
        frame({"value": torch.zeros(wire.MAX_FRAME + 1, dtype=torch.uint8)})


def test_a_slow_drip_ends_at_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip() -> None:
        theirs.sendall(wire.HEADER.pack(1, 10_000, 0))
        while not stop.wait(0.02):
            theirs.sendall(b" ")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(TimeoutError):
            Stream(ours).receive(time.monotonic() + 0.3)
    finally:
        stop.set()
        thread.join()


def test_half_a_frame_is_no_message() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(frame({"value": 1})[:-1])
    theirs.close()
    with pytest.raises(Closed):
        Stream(ours).receive(time.monotonic() + 5)


def test_messages_cross_a_socket_one_after_another_under_their_numbers() -> None:
    ours, theirs = map(Stream, socket.socketpair())
    for number in range(3):
        theirs.send({"x": torch.full((3,), number)}, number + 10)
    received = [ours.receive() for _ in range(3)]
    assert [number for number, _ in received] == [10, 11, 12]
    assert [int(message["x"][0]) for _, message in received] == [0, 1, 2]


def test_a_descriptor_comes_with_its_message_only_to_who_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("hello")
    for takes in (True, False):
        ours, theirs = socket.socketpair()
        with path.open() as file:
            Stream(theirs).post(frame({"order": "fork"}), file.fileno())
        stream = Stream(ours, takes)
        assert stream.receive(time.monotonic() + 5)[1] == {"order": "fork"}
        assert len(stream.descriptors) == takes


@pytest.mark.parametrize("odd", [
    torch.fft.ifft2(torch.ones(1, 1, 3, 3)).real[..., :1, :1], torch.complex(torch.ones(2), torch.ones(2)).conj(),
    torch.complex(torch.ones(2), torch.ones(2)).conj().imag,
    torch.ones(4)[::2], torch.ones(2, 3).T, torch.ones(1).expand(3), torch.ones(0, 2),
], ids=["strided single element", "conjugate", "negative", "strided", "transposed", "expanded", "empty"])
def test_a_view_arrives_as_its_values(odd: torch.Tensor) -> None:
    assert torch.equal(copied({"value": odd})["value"], odd)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_a_tensor_that_answers_no_question_ends_nothing() -> None:
    nested = torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])
    assert isinstance(copied({"value": nested})["value"], Opaque)


def test_many_items_become_a_word() -> None:
    inner = [0] * 1_000
    assert copied({"value": [0] * 10**6})["value"] == Opaque("list with too many items")
    assert len(json.dumps(wire.pack([[inner] * 1_000] * 1_000, wire.Packed()))) < wire.MAX_JSON


def test_json_above_its_cap_is_refused() -> None:
    with pytest.raises(ProtocolError, match="too large"):
        frame({str(number): "x" * wire.MAX_TEXT for number in range(9)})
    ours, theirs = socket.socketpair()
    theirs.sendall(wire.HEADER.pack(0, wire.MAX_JSON + 1, 0))
    with pytest.raises(ProtocolError, match="too large"):
        Stream(ours).receive()


def test_messages_sent_ahead_buy_no_time() -> None:
    ours, theirs = socket.socketpair()
    Stream(theirs).post(frame({}, 1) + frame({}, 2))
    stream = Stream(ours)
    assert stream.receive(time.monotonic() + 60)[0] == 1
    with pytest.raises(TimeoutError):
        stream.receive(time.monotonic() - 1)


@pytest.mark.parametrize("bits", [4096, 4097, 100_000])
def test_whole_numbers_are_capped(bits: int) -> None:
    value = copied({"value": -(2 ** (bits - 1))})["value"]
    assert value == (-(2 ** (bits - 1)) if bits <= wire.MAX_BITS else Opaque(f"int of {bits} bits"))
