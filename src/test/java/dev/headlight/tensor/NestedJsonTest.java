package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NestedJsonTest {
    private final AnswerMemory kept = new AnswerMemory();

    @AfterEach
    void close() {
        kept.close();
    }

    private static String write(Tensor tensor) {
        var text = new ByteArrayOutputStream();
        try {
            NestedJson.write(tensor, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString(StandardCharsets.US_ASCII);
    }

    private Tensor tensor(float[] values, long... shape) {
        String[] dims = new String[shape.length];
        Arrays.fill(dims, "axis");
        return kept.keep(values, shape, dims);
    }

    @Test
    void theNestingIsTheShape() {
        assertThat(write(tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3))).isEqualTo("[[1.0,2.0,3.0],[4.0,5.0,6.0]]");
        assertThat(write(tensor(new float[] {1, 2, 3, 4}, 2, 1, 2))).isEqualTo("[[[1.0,2.0]],[[3.0,4.0]]]");
        assertThat(write(tensor(new float[] {7}, 1))).isEqualTo("[7.0]");
    }

    @Test
    void aTensorWithoutAxesIsABareNumber() {
        assertThat(write(tensor(new float[] {2.5f}))).isEqualTo("2.5");
    }

    @Test
    void whatJsonLacksIsNull() {
        float inf = Float.POSITIVE_INFINITY;
        assertThat(write(tensor(new float[] {Float.NaN, inf, -inf, -0.0f}, 4))).isEqualTo("[null,null,null,-0.0]");
    }

    @Test
    void axesOfSizeZeroAreEmptyArrays() {
        assertThat(write(tensor(new float[0], 0))).isEqualTo("[]");
        assertThat(write(tensor(new float[0], 2, 0))).isEqualTo("[[],[]]");
        assertThat(write(tensor(new float[0], 0, 3))).isEqualTo("[]");
    }

    @Test
    void whatIsLongerThanTheBufferComesInPiecesThatFitTogether() {
        Random random = new Random(1);
        float[] values = new float[30_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * 1e-30);
        }
        JsonArray read = JsonParser.parseString(write(tensor(values, 100, 300))).getAsJsonArray();
        assertThat(read.size()).isEqualTo(100);
        for (int i = 0; i < values.length; i++) {
            assertThat(read.get(i / 300).getAsJsonArray().get(i % 300).getAsFloat())
                    .isEqualTo(values[i]);
        }
    }

    @Test
    void manyEmptyArraysDoNotOverrunTheBuffer() {
        assertThat(write(tensor(new float[0], 20_000, 0))).hasSize(20_000 * 3 + 1);
    }

    /** The text that {@link NestedJson} must write, made value by value. */
    private static void expected(float[] values, long[] shape, int axis, int[] next, StringBuilder text) {
        if (axis == shape.length) {
            byte[] number = new byte[FloatText.LONGEST + FloatText.SLACK];
            int length = FloatText.write(values[next[0]++], number, 0);
            text.append(new String(number, 0, length, StandardCharsets.US_ASCII));
            return;
        }
        for (long i = 0; i < shape[axis]; i++) {
            text.append(i == 0 ? '[' : ',');
            expected(values, shape, axis + 1, next, text);
        }
        text.append(']');
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"100000", "1,100000", "100000,1", "3,2,50,300", "2,1,3,1,20000", "25,40,1,1,100", "7,11,13,101"})
    void aLargeTensorIsTheSameTextWhoeverMakesItsPieces(String sizes) {
        long[] shape =
                Arrays.stream(sizes.split(",")).mapToLong(Long::parseLong).toArray();
        float[] values = new float[(int) Tensor.size(shape)];
        Random random = new Random(2);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(4) == 0 ? 0 : random.nextFloat();
        }
        StringBuilder text = new StringBuilder();
        expected(values, shape, 0, new int[1], text);
        assertThat(values.length).isGreaterThan((int) ParallelPieces.LEAST);
        assertThat(write(tensor(values, shape))).isEqualTo(text.toString());
    }
}
