package dev.headlight.jinja;

import java.util.List;

/** Python's tuple, which differs from a list: {@code (1, 2) != [1, 2]}. */
record Tuple(List<Object> items) {}
