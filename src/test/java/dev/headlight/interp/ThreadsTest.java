package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.NativeArrays;
import dev.headlight.tensor.AnswerMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ThreadsTest {
    private static final String NOISE = "[{'hook':'resid_post','layer':0,'action':{'type':'noise','std':1,'seed':%d}}]";

    private static float[] logits(Fixture f, int seed) {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            return Requests.intervene(
                            session,
                            f,
                            NOISE.formatted(seed),
                            List.of("logits"),
                            f.prompts().get("a"))
                    .results()
                    .get(0)
                    .captured()
                    .get("logits")
                    .modified()
                    .toFloats();
        }
    }

    @Test
    void requestsOnSeveralThreadsDoNotTouchEachOther() throws Exception {
        Fixture f = Fixture.of("gpt2");
        List<float[]> alone = new ArrayList<>();
        for (int seed = 0; seed < 8; seed++) {
            alone.add(logits(f, seed));
        }
        long before = NativeArrays.count();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<float[]>> together = new ArrayList<>();
            for (int i = 0; i < 160; i++) {
                int seed = i % 8;
                together.add(threads.submit(() -> logits(f, seed)));
            }
            for (int i = 0; i < together.size(); i++) {
                assertThat(together.get(i).get()).containsExactly(alone.get(i % 8));
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }
}
