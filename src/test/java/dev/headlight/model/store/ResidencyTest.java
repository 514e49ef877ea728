package dev.headlight.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.MmapPolicy;
import dev.headlight.model.checkpoint.Precision;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.fault.UnknownModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Models are loaded, shared and dropped within a small memory budget. */
class ResidencyTest extends StoreTest {
    /** Room for the two largest of the models, and a little more. */
    private MemoryBudget forTwo() throws IOException {
        long largest = 0;
        try (Models all = models(new MemoryBudget(1 << 30), Duration.ofSeconds(1))) {
            for (String name : FIXTURES) {
                largest = Math.max(largest, all.detail(name).weightBytes());
            }
        }
        return new MemoryBudget(2 * largest + 1000);
    }

    @Test
    void aStormOnFiveModelsInMemoryForTwoIsAnsweredRight() throws Exception {
        long before = NativeArrays.count();
        List<float[]> right = new ArrayList<>();
        for (String name : FIXTURES) {
            right.add(logits(Fixture.of(name).model(), Fixture.of(name)));
        }
        long withFixtures = NativeArrays.count();
        MemoryBudget budget = forTwo();
        try (Models models = models(budget, Duration.ofSeconds(60))) {
            ExecutorService clients = Executors.newFixedThreadPool(16);
            List<Future<Integer>> all = new ArrayList<>();
            for (int client = 0; client < 16; client++) {
                all.add(clients.submit(client(models, budget, right, client)));
            }
            int answers = 0;
            for (Future<Integer> one : all) {
                answers += one.get();
            }
            clients.shutdown();
            assertThat(answers).isGreaterThan(16);
            assertThat(loads.get()).isGreaterThan(FIXTURES.size()); // some were dropped and loaded again
        }
        assertThat(budget.reserved()).isZero();
        assertThat(NativeArrays.count()).isEqualTo(withFixtures).isGreaterThanOrEqualTo(before);
    }

    private static Callable<Integer> client(Models models, MemoryBudget budget, List<float[]> right, int seed) {
        return () -> {
            Random random = new Random(seed);
            int answers = 0;
            long end = System.nanoTime()
                    + Duration.ofSeconds(Long.getLong("headlight.storm-seconds", 4))
                            .toNanos();
            while (System.nanoTime() < end) {
                int which = random.nextInt(FIXTURES.size());
                int bytes = random.nextInt(400);
                try (Admission<?> admission = models.admit(FIXTURES.get(which), "input", m -> () -> bytes)) {
                    assertThat(logits(admission.model(), Fixture.of(FIXTURES.get(which))))
                            .isEqualTo(right.get(which));
                    assertThat(budget.reserved()).isLessThanOrEqualTo(budget.total());
                }
                answers++;
            }
            return answers;
        };
    }

    @Test
    void manyFirstRequestsLoadAModelOnce() throws Exception {
        try (Models models = models(new MemoryBudget(1 << 30), Duration.ofSeconds(60))) {
            ExecutorService clients = Executors.newFixedThreadPool(16);
            List<Future<HookedModel>> all = new ArrayList<>();
            for (int client = 0; client < 16; client++) {
                all.add(clients.submit(() -> {
                    try (Admission<?> admission = models.admit("llama", "input")) {
                        return admission.model();
                    }
                }));
            }
            HookedModel first = all.get(0).get();
            for (Future<HookedModel> one : all) {
                assertThat(one.get()).isSameAs(first);
            }
            clients.shutdown();
            assertThat(loads).hasValue(1);
        }
    }

    @Test
    void aModelInUseIsNeverDropped() throws IOException {
        MemoryBudget budget = forTwo();
        try (Models models = models(budget, Duration.ofMillis(50));
                Admission<?> one = models.admit("llama", "input");
                Admission<?> two = models.admit("qwen3", "input")) {
            assertThatThrownBy(() -> models.load("mistral")).isInstanceOf(MemoryBudget.NotEnoughMemory.class);
            models.unload("llama"); // at the end of its use
            assertThat(logits(one.model(), Fixture.of("llama"))).isNotEmpty();
            one.close();
            models.load("mistral");
            assertThat(models.detail("qwen3").state()).isEqualTo("loaded");
            assertThat(models.detail("llama").state()).isEqualTo("available");
            assertThat(two.model().id()).isEqualTo("qwen3");
        }
    }

    @Test
    void theModelUsedLongestAgoGoesFirst() throws IOException {
        try (Models models = models(forTwo(), Duration.ofMillis(50))) {
            models.load("llama");
            models.load("qwen3");
            models.load("llama");
            models.load("mistral");
            assertThat(models.detail("llama").state()).isEqualTo("loaded");
            assertThat(models.detail("qwen3").state()).isEqualTo("available");
        }
    }

    @Test
    void whatCanNeverFitIsRefusedAtOnce() throws IOException {
        MemoryBudget small = new MemoryBudget(5000);
        try (Models models = models(small, Duration.ofSeconds(60))) {
            assertThatThrownBy(() -> models.load("llama"))
                    .isInstanceOf(TooLarge.class)
                    .hasMessageContaining("more than the limit of 5000 (headlight.memory-budget)");
        }
        MemoryBudget budget = forTwo();
        try (Models models = models(budget, Duration.ofSeconds(60))) {
            long weights = models.detail("llama").weightBytes();
            assertThatThrownBy(() -> models.admit("llama", "input", m -> budget::total))
                    .isInstanceOf(TooLarge.class)
                    .hasMessageContaining("limit of " + (budget.total() - weights));
            models.admit("llama", "input", m -> () -> budget.total() - weights).close();
        }
    }

    /** Takes all of the memory that is left, and gives it back when it is asked for its bytes a second time. */
    private static Admission.Prepared untilFreed(long bytes, AtomicInteger asked, Admission<?> held) {
        return () -> {
            if (asked.incrementAndGet() == 2) {
                held.close();
            }
            return bytes;
        };
    }

    @Test
    void whatWasPreparedForAModelIsKeptWhileItsUseWaitsForMemory() throws IOException {
        MemoryBudget budget = forTwo();
        try (Models models = models(budget, Duration.ofSeconds(10))) {
            models.load("llama");
            long free = budget.total() - budget.reserved();
            Admission<?> held = models.admit("llama", "input", m -> () -> free);
            AtomicInteger asked = new AtomicInteger();
            List<HookedModel> prepared = new ArrayList<>();
            try (Admission<?> waited = models.admit("llama", "input", m -> {
                prepared.add(m);
                return untilFreed(free, asked, held);
            })) {
                assertThat(prepared).containsExactly(waited.model());
                assertThat(asked.get()).isGreaterThan(1); // it was not admitted at once
            }
        }
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void whatWasPreparedIsPreparedAgainForAModelThatWasLoadedAgain() throws IOException {
        MemoryBudget budget = forTwo();
        try (Models models = models(budget, Duration.ofSeconds(10))) {
            models.load("llama");
            long free = budget.total() - budget.reserved();
            Admission<?> held = models.admit("llama", "input", m -> () -> free);
            List<HookedModel> prepared = new ArrayList<>();
            try (Admission<?> waited = models.admit("llama", "input", m -> {
                prepared.add(m);
                if (prepared.size() == 1) {
                    models.unload("llama"); // while this use waits for memory
                    return () -> {
                        held.close();
                        return budget.total();
                    };
                }
                return () -> free;
            })) {
                assertThat(prepared).hasSize(2).doesNotHaveDuplicates().last().isSameAs(waited.model());
            }
        }
        assertThat(budget.reserved()).isZero();
    }

    /** What is read, not mapped, outlives its file. */
    @Test
    void filesThatAreRewrittenWhileModelsRunGiveOneModelOrTheOtherOrAClearError() throws Exception {
        Path weights = Files.createDirectory(folder.resolve("changing")).resolve("model.safetensors");
        Fixture.copy("llama", weights.getParent());
        byte[] one = Files.readAllBytes(weights);
        byte[] other = one.clone();
        for (int i = one.length - 4000; i < one.length; i += 4) {
            other[i + 2] ^= 0x40;
        }
        Fixture f = Fixture.of("llama");
        Torch reading = new Torch("cpu", 1, Precision.AUTO, MmapPolicy.NEVER, true);
        try (Models models = new Models(
                new Catalogue("micro", new Checkpoint(f.folder()), folder, "micro"),
                reading,
                new Architectures(),
                new MemoryBudget(1 << 30),
                Duration.ofSeconds(10),
                (m, t) -> {})) {
            List<float[]> right = new ArrayList<>();
            for (byte[] bytes : List.of(one, other)) {
                Files.write(weights, bytes);
                right.add(answer(models, f));
            }
            AtomicInteger answers = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            Thread writer = new Thread(() -> rewrite(weights, one, other, answers));
            writer.start();
            List<Thread> clients = new ArrayList<>();
            List<Throwable> faults = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 4; i++) {
                Thread client = new Thread(() -> {
                    while (writer.isAlive()) {
                        try {
                            assertThat(answer(models, f)).isIn(right);
                            answers.incrementAndGet();
                        } catch (ModelRefused | UnknownModel e) {
                            refused.incrementAndGet(); // half written at that moment
                        }
                    }
                });
                client.setUncaughtExceptionHandler((t, e) -> faults.add(e));
                client.start();
                clients.add(client);
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(faults).isEmpty();
            assertThat(answers.get()).isPositive();
            Files.write(weights, one);
            assertThat(answer(models, f)).isEqualTo(right.get(0));
        }
    }

    /** Rewrites the file 150 times, and more on a busy machine: until a client has had an answer, for a minute at most. */
    private static void rewrite(Path weights, byte[] one, byte[] other, AtomicInteger answers) {
        try {
            long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
            for (int i = 0; i < 150 || (answers.get() == 0 && System.nanoTime() < end); i++) {
                byte[] bytes = i % 2 == 0 ? other : one;
                Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2)); // cut short, then whole
                Files.write(weights, bytes);
                Thread.sleep(5);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static float[] answer(Models models, Fixture f) {
        try (Admission<?> admission = models.admit("changing", "input")) {
            return logits(admission.model(), f);
        }
    }
}
