package dev.headlight.tensor;

/** The text of a tensor as nested JSON arrays, made in pieces that are independent of each other. */
final class NestedText {
    private final long[] shape;
    private final long row; // values of one innermost array
    private final long rows;

    /** Text of a tensor of this shape, which has at least one value. */
    NestedText(long[] shape) {
        this.shape = shape;
        this.row = shape.length == 0 ? 1 : shape[shape.length - 1];
        this.rows = Tensor.size(shape) / row;
    }

    /** Most bytes of one value, with the brackets and the comma around it. */
    int longest() {
        return FloatText.LONGEST + 1 + 2 * shape.length;
    }

    /**
     * Writes the text of some values that follow each other, with the brackets and the comma before each and the brackets
     * after each.
     *
     * @param values {@code [count]}
     * @param first index of the first of them in the tensor, row-major
     * @param out has room for {@link #longest} bytes for each, and {@link FloatText#SLACK}
     * @return number of bytes
     */
    int write(float[] values, int count, long first, byte[] out) {
        int at = 0;
        for (int from = 0, end; from < count; from = end) {
            long column = (first + from) % row;
            end = (int) Math.min(count, from + row - column);
            if (first + from > 0) {
                out[at++] = ',';
            }
            if (column == 0) {
                at = brackets('[', (first + from) / row, out, at);
            }
            at = numbers(values, from, end, out, at);
            if ((first + end) % row == 0) {
                at = brackets(']', (first + end) / row, out, at);
            }
        }
        return at;
    }

    private static int numbers(float[] values, int from, int end, byte[] out, int at) {
        at = FloatText.write(values[from], out, at);
        for (int i = from + 1; i < end; i++) {
            out[at++] = ',';
            at = FloatText.write(values[i], out, at);
        }
        return at;
    }

    /** Brackets of all arrays that begin with a row, or end before it. */
    private int brackets(char bracket, long rowIndex, byte[] out, int at) {
        int levels = shape.length;
        if (rowIndex > 0 && rowIndex < rows) {
            levels = 1;
            for (int axis = shape.length - 2; rowIndex % shape[axis] == 0; axis--) {
                rowIndex /= shape[axis];
                levels++;
            }
        }
        for (int i = 0; i < levels; i++) {
            out[at++] = (byte) bracket;
        }
        return at;
    }
}
