"""The checks of lesson 6. What is right comes from ``oracle.py``; what a learner is told is each check's docstring.

No check looks at a time or at how well a trained net does. Where the first weights are random, checks ask for what follows from them.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from autograder.examination import exercise, expect, formal, hidden, worth
from autograder.examination.expect import Mismatch
from autograder.examination.learner import Learner, Raised
from autograder.examination.properties import (
    agrees,
    by_name,
    draws_nothing,
    is_a,
    leaves_no_trace,
    nothing_changed,
    portable_script,
    same_reports,
    tells_right_from_wrong,
)
from autograder.examination.search import Search
from autograder.examination.stage import Stage
from autograder.exercises.segmentation import cases, oracle
from autograder.exercises.segmentation.nets import (
    CONFIG,
    CONFIGS,
    SMALL,
    STILL,
    TINY,
    Net,
    as_text,
    changed,
    classes,
    ignored,
    pictures,
    run,
    scripted,
    truth,
)
from autograder.exercises.segmentation.probes import WRONG_TEXTS, WRONG_VALUES
from autograder.languages import say, sentence
from autograder.learner_side.drive import Step, get, let, see

#: Rounding of one value that has gone through a dozen layers, in units of the dtype's precision.
TERMS = 4000
#: The same after some steps of training.
TRAINED = 100_000


def _names(learner: Learner, key: str, text: str) -> None:
    """The text is refused with a ValueError that names the key."""
    with expect.raises(ValueError):
        try:
            learner.read_config(text)
        except Raised as raised:
            if raised.is_a(ValueError) and key not in str(raised.error.get("message", "")):
                raise Mismatch(say("the error's sentence does not name {key}", key=key), say("a sentence with {key} in it", key=key),
                               str(raised.error.get("message"))[:80]) from None
            raise


@exercise("read_config")
class TestReadConfig:
    """From text to a config that can be trusted."""

    @formal
    def test_returns_a_dict(self, learner: Learner) -> None:
        """returns a dict"""
        expect.kind(learner.read_config(CONFIG), dict)

    def test_the_lessons_config(self, learner: Learner) -> None:
        """reads the lesson's config"""
        agrees(learner, oracle.read_config, CONFIG)

    def test_other_ways_to_write_it(self, learner: Learner) -> None:
        """reads the same in YAML's other ways of writing it, in any order, with comments"""
        for text in (as_text(changed()), f"# a comment\n{CONFIG}", "\n".join(reversed(CONFIG.strip().splitlines()))):
            agrees(learner, oracle.read_config, text)

    def test_an_integer_for_a_float(self, learner: Learner) -> None:
        """lets an integer stand for a float"""
        for values in ({"lr": 1}, {"momentum": 0}, {"weight_decay": 0}, {"power": 1, "eta_min": 0}, {"power": 0}):
            agrees(learner, oracle.read_config, as_text(changed(**values)))

    @worth(2)
    def test_random_configs(self, learner: Learner, search: Search) -> None:
        """reads every config that makes sense"""
        search(cases.TEXTS, lambda config: agrees(learner, oracle.read_config, as_text(config)), examples=8)

    def test_missing_keys(self, learner: Learner) -> None:
        """raises ValueError where a key or a section is missing, and names it"""
        for section, keys in changed().items():
            for key in keys:
                config = changed()
                del config[section][key]
                _names(learner, key, as_text(config))
            _names(learner, section, as_text({name: values for name, values in changed().items() if name != section}))

    def test_unknown_keys(self, learner: Learner) -> None:
        """raises ValueError for a key or a section that it doesn't know, and names it"""
        for section in changed():
            config = changed()
            config[section]["colour"] = 1
            _names(learner, "colour", as_text(config))
        _names(learner, "model", as_text(changed() | {"model": {}}))

    def test_wrong_types(self, learner: Learner) -> None:
        """raises ValueError for a value of the wrong type, and names its key; true is no number"""
        for key, values in {"base_channels": (8.0, True, "8"), "blocks": (2, [1, True, 1, 1], [1.0, 1, 1, 1], "1111", None),
                            "contract_dilation": (1, "yes please", None), "num_classes": (True, None), "align_corners": (0,),
                            "lr": (True, None, [0.1]), "momentum": (False,), "power": ("linear",), "max_iters": (2.0, True),
                            "crop_size": ([65, 65],), "batch_size": (None,)}.items():
            for value in values:
                _names(learner, key, as_text(changed(**{key: value})))

    def test_text_that_looks_like_a_number(self, learner: Learner) -> None:
        """raises ValueError for 1e-4, which is text in YAML 1.1"""
        for key in ("eta_min", "lr", "weight_decay"):
            _names(learner, key, as_text(changed(**{key: "@"})).replace("'@'", "1e-4"))

    def test_values_that_make_no_sense(self, learner: Learner) -> None:
        """raises ValueError for values that make no sense, and names their key"""
        for key, values in WRONG_VALUES.items():
            for value in values:
                _names(learner, key, as_text(changed(**{key: value})))

    def test_lists(self, learner: Learner) -> None:
        """raises ValueError for lists of different lengths, for empty ones, and for more than four stages"""
        for shape in ((4, 4, 3), (4, 3, 4), (3, 4, 4), (0, 0, 0), (5, 5, 5), (1, 1, 2)):
            blocks, strides, dilations = ([1] * length for length in shape)
            with expect.raises(ValueError):
                learner.read_config(as_text(changed(blocks=blocks, strides=strides, dilations=dilations)))

    def test_no_config_at_all(self, learner: Learner) -> None:
        """raises ValueError for text that is no YAML, or no config at all"""
        for text in WRONG_TEXTS:
            with expect.raises(ValueError):
                learner.read_config(text)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its argument by name, gives every text its own answer, and draws no random numbers"""
        by_name(learner, oracle.read_config, text=CONFIG)
        for values in ({"lr": 0.5}, {"blocks": [3, 4, 6, 3]}, {}):
            agrees(learner, oracle.read_config, as_text(changed(**values)))
        leaves_no_trace(learner, "read_config", CONFIG)


def _forward_agrees(learner: Learner, net: Net) -> None:
    (got,) = learner.drive(net.function, *net.steps())
    expect.close(got, truth(net), TERMS)


def _script_agrees(learner: Learner, function: str, steps: list[Step]) -> None:
    same_reports(learner, function, steps, scripted(function, steps), TERMS)


def _form_agrees(learner: Learner, net: Net) -> None:
    _script_agrees(learner, net.function, net.names())
    _script_agrees(learner, net.function, net.shapes())


def _children(learner: Learner, function: str, config: str, due: list[str]) -> None:
    (names,) = learner.drive(function, let("net", function, CONFIGS[config]), let("named", "net.named_children"),
                             let("children", "dict", "$named"), see("sorted", "$children"))
    expect.equal(names, sorted(due))


def _refuses(learner: Learner, function: str) -> None:
    for values in ({"blocks": [1, 1, 1]}, {"strides": [1, 2]}, {"dilations": [1]}, {"base_channels": 3}, {"dilations": [1, 1, 0, 1]}):
        with expect.raises(ValueError):
            learner.drive(function, let("net", function, changed(SMALL, **values)))


def _by_name_and_without_a_trace(learner: Learner, function: str) -> None:
    """By name; every call new weights; the config and images as they were; no random number in a pass."""
    net = Net(function)
    _, *rest = net.steps()
    (got,) = learner.drive(function, let("net", function, config=CONFIGS[net.config]), *rest)
    expect.close(got, truth(net), TERMS)
    other = replace(net, salt=1)
    first, _, again = learner.drive(function, *net.made("net"), *other.made("other"), see("net", net.image), see("net", -net.image),
                                    see("net", net.image))
    for value in (first, again):
        expect.close(value, truth(net), TERMS)
    draws_nothing(learner, function, net.made(), net.image)
    nothing_changed(learner)


@exercise("build_backbone")
class TestBuildBackbone:
    """Stem, pool and stages, as the config says."""

    @formal
    def test_is_a_module(self, learner: Learner) -> None:
        """returns an nn.Module"""
        is_a(learner, "build_backbone", (SMALL,), "Module")

    @formal
    def test_children(self, learner: Learner) -> None:
        """has the children stem, maxpool, layer1 and so on, one layer for each entry of the lists"""
        _children(learner, "build_backbone", "dense", ["stem", "maxpool", "layer1", "layer2", "layer3", "layer4"])
        _children(learner, "build_backbone", "two stages", ["stem", "maxpool", "layer1", "layer2"])

    def test_form(self, learner: Learner) -> None:
        """has the right parameters under the right names: 1, 2, 4 and 8 times base_channels planes"""
        for config in ("dense", "two stages", "one stage"):
            _form_agrees(learner, Net("build_backbone", config))

    def test_output_size(self, learner: Learner, device: str) -> None:
        """gives the last stage's features alone, at the output stride, rounding up"""
        for config, size in (("dense", (5, 6)), ("strided", (2, 2)), ("one stage", (5, 6))):
            net = Net("build_backbone", config)
            expect.shape(learner.drive("build_backbone", *net.steps())[0], (2, truth(net).shape[1], *size))

    def test_values(self, learner: Learner, device: str) -> None:
        """answers as stem, max pool and stages should, for strides, dilations and numbers of stages"""
        for config in ("strided", "plain", "two stages", "one stage"):
            _forward_agrees(learner, Net("build_backbone", config, 17, 22))

    def test_contraction(self, learner: Learner, device: str) -> None:
        """contracts the first dilation of every stage"""
        _forward_agrees(learner, Net("build_backbone", "dense"))

    @worth(2)
    def test_equivalence(self, learner: Learner) -> None:
        """gives at every fourth place what the same weights with strides give"""
        dense, strided = (Net("build_backbone", config, 65, 65) for config in ("dense", "strided"))
        many, few = learner.drive("build_backbone", *dense.made("dense"), *strided.made("strided"), see("dense", dense.image),
                                  see("strided", dense.image))
        expect.close(many[..., ::4, ::4], few, TERMS)
        expect.close(few, truth(strided), TERMS)

    def test_gradients(self, learner: Learner) -> None:
        """passes the right gradients back to the image and to the weights"""
        _script_agrees(learner, "build_backbone", Net("build_backbone", height=17, width=19, training=True).backwards())

    def test_portability(self, learner: Learner) -> None:
        """works on the device of the image, whichever that is"""
        net = Net("build_backbone")
        portable_script(learner, "build_backbone", net.steps(), tuple(truth(net).shape))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for lists of different lengths, odd base_channels, and a dilation below 1"""
        _refuses(learner, "build_backbone")

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes the config by name and leaves it as it was, makes new weights in every call, and draws no random numbers in a pass"""
        _by_name_and_without_a_trace(learner, "build_backbone")


@exercise("build_segmenter")
class TestBuildSegmenter:
    """A backbone, a head, and logits as large as the image."""

    @formal
    def test_is_a_module(self, learner: Learner) -> None:
        """returns an nn.Module"""
        is_a(learner, "build_segmenter", (SMALL,), "Module")

    @formal
    def test_children(self, learner: Learner) -> None:
        """has the children backbone and head"""
        _children(learner, "build_segmenter", "dense", ["backbone", "head"])

    def test_form(self, learner: Learner) -> None:
        """has the right parameters under the right names: a head of four layers, a bias in the last one only"""
        for config in ("dense", "one stage"):
            _form_agrees(learner, Net("build_segmenter", config))

    def test_output_size(self, learner: Learner, device: str) -> None:
        """gives a logit of every class for every pixel of the image, whatever its size"""
        for height, width in ((33, 41), (24, 17)):
            net = Net("build_segmenter", "dense", height, width)
            expect.shape(learner.drive("build_segmenter", *net.steps())[0], (2, 3, height, width))

    def test_values(self, learner: Learner, device: str) -> None:
        """resizes the logits as the config's align_corners says"""
        for config in ("dense", "aligned", "one stage"):
            _forward_agrees(learner, Net("build_segmenter", config))

    @worth(2)
    def test_alignment(self, learner: Learner) -> None:
        """puts every logit, aligned, on the pixel that its feature is centred on"""
        net = Net("build_segmenter", "aligned", 33, 41)
        steps = [*net.made(), let("features", "net.backbone", net.image), see("net.head", "$features"), see("net", net.image)]
        small, large = learner.drive("build_segmenter", *steps)
        expect.close(large[..., ::8, ::8], small, TERMS)
        expect.close(large, truth(net), TERMS)

    def test_gradients(self, learner: Learner) -> None:
        """passes the right gradients back to the image and to the weights"""
        _script_agrees(learner, "build_segmenter", Net("build_segmenter", height=17, width=19, training=True).backwards())

    def test_single_precision(self, learner: Learner, device: str) -> None:
        """works in float32 too"""
        _forward_agrees(learner, Net("build_segmenter", "one stage", dtype=torch.float32))

    def test_portability(self, learner: Learner) -> None:
        """works on the device of the image, whichever that is"""
        net = Net("build_segmenter")
        portable_script(learner, "build_segmenter", net.steps(), tuple(truth(net).shape))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for what the backbone refuses"""
        _refuses(learner, "build_segmenter")

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes the config by name and leaves it as it was, makes new weights in every call, and draws no random numbers in a pass"""
        _by_name_and_without_a_trace(learner, "build_segmenter")


GUESS = torch.tensor([[[0, 1, 2, 2], [1, 1, 0, 2]]])
LABEL = torch.tensor([[[0, 1, 1, 2], [255, 0, 0, 255]]])


@exercise("confusion_matrix")
class TestConfusionMatrix:
    """Which class was taken for which."""

    @formal
    def test_form(self, learner: Learner) -> None:
        """returns an int64 tensor with a row and a column for each class"""
        got = learner.confusion_matrix(GUESS, LABEL, 4)
        expect.dtype(got, torch.int64)
        expect.shape(got, (4, 4))

    def test_rows_are_targets(self, learner: Learner, device: str) -> None:
        """has the true class as the row, the predicted one as the column"""
        for guess, label in ((0, 1), (2, 0), (1, 1)):
            agrees(learner, oracle.confusion_matrix, torch.full((1, 1, 3), guess), torch.full((1, 1, 3), label), 3)

    def test_counts(self, learner: Learner, device: str) -> None:
        """counts every pixel of every image that isn't ignored"""
        agrees(learner, oracle.confusion_matrix, GUESS, LABEL, 3)
        agrees(learner, oracle.confusion_matrix, torch.cat([GUESS, GUESS.flip(1)]), torch.cat([LABEL, LABEL]), 5)

    def test_another_ignore_index(self, learner: Learner) -> None:
        """ignores the label that it is told, which may be a class"""
        agrees(learner, oracle.confusion_matrix, GUESS, LABEL.clamp(max=2), 3, 0)
        agrees(learner, oracle.confusion_matrix, GUESS, torch.where(LABEL == 255, -1, LABEL), 3, -1)

    def test_under_the_border(self, learner: Learner) -> None:
        """doesn't look at predictions where the label is ignored"""
        agrees(learner, oracle.confusion_matrix, torch.where(LABEL == 255, 77, GUESS), LABEL, 3)

    def test_nothing(self, learner: Learner) -> None:
        """is all 0 where everything is ignored, and for no images"""
        agrees(learner, oracle.confusion_matrix, GUESS, torch.full_like(GUESS, 255), 3)
        agrees(learner, oracle.confusion_matrix, GUESS[:0], LABEL[:0], 2)

    @worth(2)
    def test_random_maps(self, learner: Learner, search: Search) -> None:
        """agrees with a count pixel by pixel"""
        search(cases.MAPS, lambda case: agrees(learner, oracle.confusion_matrix, *case))

    def test_layouts(self, learner: Learner) -> None:
        """takes maps that are not contiguous in memory"""
        expect.equal(learner.value("confusion_matrix", (GUESS, LABEL, 3), layout="transposed"), oracle.confusion_matrix(GUESS, LABEL, 3))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        others = [(GUESS.flip(2), LABEL, 3), (GUESS, LABEL.flip(2), 3), (GUESS, LABEL, 4), (GUESS, LABEL.clamp(max=2), 3, 0)]
        for other in others:
            agrees(learner, oracle.confusion_matrix, GUESS, LABEL, 3)
            agrees(learner, oracle.confusion_matrix, *other)

    def test_strangers(self, learner: Learner) -> None:
        """raises ValueError for a label or a prediction outside the classes, where it counts"""
        for guess, label, number in ((GUESS, LABEL, 2), (GUESS, LABEL.clamp(max=1), 2), (GUESS.clamp(max=1), LABEL, 2),
                                     (GUESS - 1, LABEL, 3), (GUESS, LABEL - 2, 3), (GUESS, LABEL, 0)):
            with expect.raises(ValueError):
                learner.confusion_matrix(guess, label, number)

    @hidden
    def test_large_maps(self, learner: Learner) -> None:
        """agrees on larger maps"""
        maps = torch.arange(2 * 31 * 29).view(2, 31, 29)
        agrees(learner, oracle.confusion_matrix, maps * maps % 5, (maps * 7 + maps // 11) % 6, 6, 5)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, leaves the maps as they were, and draws no random numbers"""
        by_name(learner, oracle.confusion_matrix, predicted=GUESS, target=LABEL, num_classes=3, ignore_index=255)
        leaves_no_trace(learner, "confusion_matrix", GUESS, LABEL, 3)


TABLE = torch.tensor([[6, 2, 0, 0], [1, 3, 0, 0], [0, 0, 0, 0], [4, 0, 0, 5]])


def _near(learner: Learner, table: Tensor, **named: Any) -> None:
    args = () if named else (table,)
    expect.close_number(learner.call("mean_iou", *args, **named), oracle.mean_iou(table))


@exercise("mean_iou")
class TestMeanIou:
    """One number for a confusion matrix."""

    @formal
    def test_returns_a_float(self, learner: Learner) -> None:
        """returns a float"""
        expect.kind(learner.mean_iou(TABLE), float)

    def test_perfect_and_hopeless(self, learner: Learner) -> None:
        """is 1 where all is right, and 0 where nothing is"""
        _near(learner, torch.diag(torch.tensor([3, 9, 1])))
        _near(learner, torch.tensor([[0, 3], [4, 0]]))

    def test_union(self, learner: Learner, device: str) -> None:
        """divides the pixels that are right by those that are of the class, or taken for it"""
        for table in (torch.tensor([[6, 2], [1, 3]]), torch.tensor([[5, 0], [5, 90]]), torch.tensor([[1, 7], [0, 2]])):
            _near(learner, table)

    def test_absent_classes(self, learner: Learner) -> None:
        """leaves out classes that occur neither in the labels nor in the predictions"""
        _near(learner, TABLE)
        _near(learner, torch.tensor([[2, 0, 0], [0, 0, 0], [0, 0, 0]]))

    def test_false_alarms(self, learner: Learner) -> None:
        """counts a class that was predicted, though no pixel has it"""
        _near(learner, torch.tensor([[4, 1, 0], [0, 0, 0], [0, 0, 3]]))

    @worth(2)
    def test_random_tables(self, learner: Learner, search: Search) -> None:
        """agrees with exact fractions"""
        search(cases.TABLES, lambda table: _near(learner, table))

    def test_large_counts(self, learner: Learner) -> None:
        """is right for counts of a whole data set"""
        _near(learner, TABLE * 123_456_789_123)

    def test_layouts(self, learner: Learner) -> None:
        """takes a matrix that is not contiguous in memory"""
        expect.close_number(learner.value("mean_iou", (TABLE,), layout="transposed"), oracle.mean_iou(TABLE))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        for table in (TABLE, TABLE.flip(0), TABLE, TABLE + torch.tensor([0, 0, 0, 3]), TABLE):
            _near(learner, table)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError where nothing was counted, for negative counts, and for what is no square"""
        for table in (torch.zeros(3, 3, dtype=torch.int64), torch.tensor([[3, -1], [0, 2]]), torch.ones(2, 3, dtype=torch.int64),
                      torch.tensor([3, 4])):
            with expect.raises(ValueError):
                learner.mean_iou(table)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its argument by name, leaves it as it was, and draws no random numbers"""
        _near(learner, TABLE, confusion=TABLE)
        leaves_no_trace(learner, "mean_iou", TABLE)


def _trained(learner: Learner, config: dict[str, Any], images: Tensor, labels: Tensor, seed: int = 0) -> dict[str, Any]:
    """What comes back, the state dict as a plain one."""
    (found,) = learner.drive("train", see("train", config, images, labels, seed))
    expect.kind(found, dict)
    if missing := {"loss", "lr", "state_dict"} - found.keys():
        raise Mismatch(say("a key is missing in what is returned"), say("loss, lr and state_dict"), say("no {key}", key=min(missing)))
    return dict(found)


def _first_net(learner: Learner, images: Tensor, seed: int = 0) -> torch.nn.Module:
    """The net before its first step: what a run with hardly any rate comes to."""
    state = _trained(learner, STILL, images, classes(), seed)["state_dict"]
    net = oracle.build_segmenter(STILL).to(images.dtype)
    fitting = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    try:
        net.load_state_dict(fitting)
    except RuntimeError as error:
        raise Mismatch(say("the state dict does not fit the config's segmenter"), say("its names and shapes"), str(error)[:120]) from None
    return net


def _follows(learner: Learner, config: dict[str, Any], labels: Tensor, dtype: torch.dtype = torch.float64) -> None:
    """With one image, and crops as large as it, all losses and weights follow from the first weights."""
    images = pictures(dtype=dtype)
    net, batch = _first_net(learner, images), config["data"]["batch_size"]
    found = _trained(learner, config, images, labels)
    pairs = [(images.expand(batch, -1, -1, -1), labels.expand(batch, -1, -1))] * config["schedule"]["max_iters"]
    losses = torch.tensor(oracle.followed(config, net, pairs), dtype=dtype)
    expect.close(torch.tensor(found["loss"], dtype=dtype), losses, TRAINED)
    for name, weight in net.named_parameters():
        expect.close(found["state_dict"][name], weight.detach(), TRAINED)


def _losses(learner: Learner, config: dict[str, Any], images: Tensor, labels: Tensor, seed: int = 0) -> list[float]:
    return list(_trained(learner, config, images, labels, seed)["loss"])


def _first_losses(learner: Learner, batches: list[tuple[Tensor, Tensor]]) -> list[float]:
    """The losses of these batches before anything is trained."""
    net = _first_net(learner, batches[0][0])
    with torch.no_grad():
        return [float(oracle.cross_entropy(net.train()(images), labels)) for images, labels in batches]


def _each_occurs(losses: list[float], possible: list[float], what: str) -> None:
    """Every loss is one of those that are possible, and each of these comes up among some dozens."""
    for loss in losses:
        if min(abs(loss - value) for value in possible) > 1e-9:
            due = say("one of {losses}", losses=[round(value, 4) for value in possible])
            raise Mismatch(say("a loss belongs to none of the {count} batches that there can be", count=len(possible)), due, loss)
    for place, value in enumerate(possible):
        if min(abs(loss - value) for loss in losses) > 1e-9:
            note = say("{what} {number} of {all} never came up in {count} batches", what=say(what), number=place + 1, all=len(possible),
                       count=len(losses))
            raise Mismatch(note, say("each of them, now and then"), say("never"))


@exercise("train")
class TestTrain:
    """The loop that the whole config is for."""

    @formal
    def test_form(self, learner: Learner) -> None:
        """returns a dict with loss, lr and state_dict; loss and lr are lists with a float for each iteration"""
        found = _trained(learner, TINY, pictures(), classes())
        for key in ("loss", "lr"):
            expect.kind(found[key], list)
            expect.equal([type(value).__name__ for value in found[key]], ["float"] * 4)
        expect.kind(found["state_dict"], dict)

    def test_rates(self, learner: Learner) -> None:
        """uses the rate of poly_lr at every iteration, with T = max_iters"""
        for values in ({}, {"power": 1.0, "eta_min": 0.0, "max_iters": 3}, {"power": 0.9, "max_iters": 6, "lr": 0.01}, {"max_iters": 1}):
            config = changed(TINY, **values)
            found = _trained(learner, config, pictures(), classes())["lr"]
            expect.close(torch.tensor(found, dtype=torch.float64), torch.tensor(oracle.rates(config), dtype=torch.float64), 64)

    def test_state_dict(self, learner: Learner) -> None:
        """returns a state dict that fits the config's segmenter, with batch statistics that were updated"""
        _first_net(learner, pictures())
        found = _trained(learner, TINY, pictures(), classes())["state_dict"]
        expect.equal([int(value) for name, value in found.items() if name.endswith("tracked")], [4] * 8)

    @worth(2)
    def test_follows_from_the_first_weights(self, learner: Learner) -> None:
        """makes every step as SGD with momentum and decay does, on the mean cross entropy of the pixels that count"""
        _follows(learner, TINY, classes())

    def test_each_setting(self, learner: Learner) -> None:
        """does so without momentum, without decay, and for batches that are larger than the set"""
        for values in ({"momentum": 0.0}, {"weight_decay": 0}, {"batch_size": 3}, {"power": 0, "eta_min": 0, "momentum": 0}):
            _follows(learner, changed(TINY, **values), classes())

    def test_single_precision(self, learner: Learner) -> None:
        """trains in the images' dtype"""
        _follows(learner, changed(TINY, max_iters=2, lr=0.05), classes(), torch.float32)

    def test_all_ignored(self, learner: Learner) -> None:
        """has a loss of 0.0 for labels that are all ignored, and then moves nothing but momentum and decay"""
        expect.equal(_losses(learner, TINY, pictures(), ignored()), [0.0] * 4)
        _follows(learner, TINY, ignored())

    def test_ignored_labels_say_nothing(self, learner: Learner) -> None:
        """gets no gradient from what lies under ignored labels, at the logits"""
        labels = classes()
        labels[:, :, :4] = 255
        _follows(learner, TINY, labels)

    @worth(2)
    def test_overfits_one_batch(self, learner: Learner) -> None:
        """brings the loss of a single image down"""
        config = changed(TINY, lr=0.2, momentum=0.9, weight_decay=0, power=0.9, eta_min=0.0, max_iters=50, channels=8, base_channels=4)
        labels, falls = (torch.arange(81).view(1, 9, 9) % 9 > 4).long(), list[str]()
        for seed in (0, 1, 2):
            losses = _losses(learner, config, pictures(), labels, seed)
            if losses[-1] < 0.5 * losses[0]:
                return
            falls.append(say("{first} to {last}", first=f"{losses[0]:.3g}", last=f"{losses[-1]:.3g}"))
        raise Mismatch(say("for none of three seeds the loss came down by half"), say("a loss that falls"), ", ".join(falls))

    def test_every_image_has_its_turn(self, learner: Learner) -> None:
        """uses all images, each with its own labels"""
        images, labels = pictures(3), classes(3)
        possible = _first_losses(learner, [(images[place:place + 1], labels[place:place + 1]) for place in range(3)])
        _each_occurs(_losses(learner, changed(STILL, max_iters=40), images, labels), possible, sentence("image"))

    def test_every_place_has_its_turn(self, learner: Learner) -> None:
        """cuts the same window out of an image and its labels, and crops everywhere, to the last row and column"""
        images, labels = pictures(1, 10), classes(1, 10)
        windows = [(slice(top, top + 9), slice(left, left + 9)) for top in (0, 1) for left in (0, 1)]
        possible = _first_losses(learner, [(images[..., rows, columns], labels[:, rows, columns]) for rows, columns in windows])
        _each_occurs(_losses(learner, changed(STILL, max_iters=40), images, labels), possible, sentence("window"))

    def test_seed(self, learner: Learner) -> None:
        """gives the same result for the same seed, and another one for another seed"""
        first, again, other = (_trained(learner, TINY, pictures(4), classes(4), seed) for seed in (3, 3, 4))
        expect.equal(again["loss"], first["loss"])
        for name, value in first["state_dict"].items():
            expect.equal(again["state_dict"][name], value)
        if other["loss"] == first["loss"]:
            raise Mismatch(say("seed 3 and seed 4 give the same losses"), say("another result for another seed"), say("the same"))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        images, labels = pictures(), classes()
        first = _losses(learner, TINY, images, labels)
        for other in (_losses(learner, TINY, -images, labels), _losses(learner, TINY, images, classes(salt=9)),
                      _losses(learner, changed(TINY, momentum=0.0), images, labels)):
            if other == first:
                raise Mismatch(say("another image, label or setting gives the same losses"), say("other losses"), say("the same"))
            expect.equal(_losses(learner, TINY, images, labels), first)

    def test_layouts(self, learner: Learner) -> None:
        """takes images and labels that are not contiguous in memory"""
        steps = (run("found", TINY, pictures(), classes()), get("found.loss"))
        (plain,), (other,) = learner.drive("train", *steps), learner.drive("train", *steps, layout="transposed")
        expect.close(torch.tensor(other, dtype=torch.float64), torch.tensor(plain, dtype=torch.float64), TRAINED)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for images smaller than the crop, for no images, and for labels of another size or number"""
        for images, labels in ((pictures(1, 8), classes(1, 8)), (pictures()[..., :8], classes()[..., :8]), (pictures()[:0], classes()[:0]),
                               (pictures(2), classes(1)), (pictures(), classes(1, 10))):
            with expect.raises(ValueError):
                learner.drive("train", run("found", TINY, images, labels))

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, leaves them and the global random state as they were"""
        given = {"seed": 0, "labels": classes(), "images": pictures(), "config": TINY}
        (named,) = learner.drive("train", let("found", "train", **given), get("found.loss"))
        expect.equal(named, _losses(learner, TINY, pictures(), classes(), 0))
        leaves_no_trace(learner, "train", TINY, pictures(), classes())


@exercise("examples")
class TestExamples:
    """The learner's own test, tested."""

    def test_tells_right_from_wrong(self, learner: Learner, stage: Stage) -> None:
        """lets every correct implementation pass, and raises an error for at least three quarters of the wrong ones"""
        tells_right_from_wrong(learner, stage, "confusion_matrix")
