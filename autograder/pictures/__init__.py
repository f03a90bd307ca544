"""What lessons and feedback draw. Every function returns a figure; `show` displays one together with its alt text."""

from autograder.pictures.compare import compare, compare_alt
from autograder.pictures.curves import area_left, growth, schedules, schedules_alt, tap_shares
from autograder.pictures.gridding import gains, offset_rows, offset_rows_alt
from autograder.pictures.plans import block_tables, block_tables_alt
from autograder.pictures.resizing import (
    both_reads,
    both_reads_alt,
    errors_along,
    errors_along_alt,
    label_maps,
    label_maps_alt,
    rulers,
    rulers_alt,
    weight_maps,
    weight_maps_alt,
)
from autograder.pictures.segmentation import band, bands, bands_alt, photo_rows, photo_rows_alt, scenes, scenes_alt
from autograder.pictures.show import figure_html, png, show
from autograder.pictures.taps import phase_tiles, stack_alt, stack_taps, tap_maps, zero_stuffed

__all__ = [
    "area_left",
    "band",
    "bands",
    "bands_alt",
    "block_tables",
    "block_tables_alt",
    "both_reads",
    "both_reads_alt",
    "compare",
    "compare_alt",
    "errors_along",
    "errors_along_alt",
    "figure_html",
    "gains",
    "growth",
    "label_maps",
    "label_maps_alt",
    "offset_rows",
    "offset_rows_alt",
    "phase_tiles",
    "photo_rows",
    "photo_rows_alt",
    "png",
    "rulers",
    "rulers_alt",
    "scenes",
    "scenes_alt",
    "schedules",
    "schedules_alt",
    "show",
    "stack_alt",
    "stack_taps",
    "tap_maps",
    "tap_shares",
    "weight_maps",
    "weight_maps_alt",
    "zero_stuffed",
]
