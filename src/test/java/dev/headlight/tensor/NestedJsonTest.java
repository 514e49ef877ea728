package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NestedJsonTest {
    private final AnswerMemory kept = new AnswerMemory();

    @AfterEach
    void close() {
        kept.close();
    }

    private static String write(Tensor tensor) {
        StringBuilder text = new StringBuilder();
        NestedJson.write(tensor, (chars, length) -> text.append(chars, 0, length));
        return text.toString();
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
}
