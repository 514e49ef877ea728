package dev.headlight.render;

/** The values of a panel's cells, read when they are drawn, so that a large tensor is not copied to the heap. */
@FunctionalInterface
public interface Cells {
    /**
     * One value.
     *
     * @param index row-major, from 0
     */
    float at(int index);
}
