package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Base64ValuesTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 6143, 6144, 6145, 50_000})
    void theTextIsThatOfAllBytesAtOnce(int count) throws IOException {
        Random random = new Random(1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        try (AnswerMemory memory = new AnswerMemory()) {
            Tensor tensor = memory.keep(values, new long[] {count}, "a");
            var text = new ByteArrayOutputStream();
            Base64Values.write(tensor, text);
            assertThat(text.toString(StandardCharsets.US_ASCII))
                    .isEqualTo(
                            Base64.getEncoder().encodeToString(tensor.stream().readAllBytes()));
        }
    }
}
