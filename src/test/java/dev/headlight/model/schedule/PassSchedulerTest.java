package dev.headlight.model.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.HeldEngine;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class PassSchedulerTest {
    private static final TaskObserver NOBODY = new TaskObserver() {};

    /** A task whose work is a function of its batch. */
    private static final class Named extends Task<String> {
        private final @Nullable String key;
        private final BatchSize size;
        private final Supplier<String> work;

        private Named(@Nullable String key, BatchSize size, Supplier<String> work) {
            this.key = key;
            this.size = size;
            this.work = work;
        }

        @Override
        protected @Nullable Object key() {
            return key;
        }

        @Override
        protected BatchSize size() {
            return size;
        }

        @Override
        protected boolean followsLoad() {
            return true;
        }

        @Override
        protected void run(List<Task<?>> batch) {
            batch.forEach(task -> ((Named) task).succeed(((Named) task).work.get()));
        }
    }

    private static final BatchSize SMALL = new BatchSize(1, 1e9);

    @BeforeAll
    static void pyTorch() {
        assertThat(Fixture.TORCH.deviceName()).isEqualTo("cpu");
    }

    private static PassScheduler scheduler(int threads, int cores) {
        return new PassScheduler(new PassScheduler.Threads(threads, cores, cores), NOBODY);
    }

    private static Runnable submits(PassScheduler scheduler, Task<?> task) {
        return () -> scheduler.run(task);
    }

    @Test
    void tasksWithEqualKeysRunTogetherAndTheOthersInTheirOrder() {
        List<String> order = new CopyOnWriteArrayList<>();
        try (HeldEngine engine = new HeldEngine()) {
            engine.together(List.of("a1", "b1", "a2", "x1", "x2", "b2").stream()
                            .map(name -> submits(
                                    engine.scheduler(),
                                    new Named(name.startsWith("x") ? null : name.substring(0, 1), SMALL, () -> {
                                        order.add(name);
                                        return name;
                                    })))
                            .toList())
                    .forEach(CompletableFuture::join);
            assertThat(order).containsExactly("a1", "a2", "b1", "b2", "x1", "x2");
            assertThat(engine.batches()).containsExactly(1, 2, 2, 1, 1);
        }
    }

    @Test
    void aBatchIsNotLargerThanTheLargest() {
        BatchSize third = new BatchSize(BatchSize.LARGEST.bytes() / 3, 1);
        BatchSize whole = new BatchSize(1, BatchSize.LARGEST.flops());
        try (HeldEngine engine = new HeldEngine()) {
            engine.together(List.of(third, third, third, third, whole, whole).stream()
                            .map(size -> submits(engine.scheduler(), new Named("k", size, () -> "")))
                            .toList())
                    .forEach(CompletableFuture::join);
            assertThat(engine.batches()).containsExactly(1, 3, 1, 1, 1);
        }
    }

    @Test
    void aFailureReachesTheSubmitterAndTheThreadGoesOn() {
        try (PassScheduler scheduler = scheduler(1, 1)) {
            assertThatThrownBy(() -> scheduler.run(() -> {
                        throw new IllegalArgumentException("one");
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("one");
            assertThatThrownBy(() -> scheduler.run(() -> {
                        throw new AssertionError("two");
                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("two");
            assertThat(scheduler.run(() -> 3)).isEqualTo(3);
        }
    }

    @Test
    void aSectionRunsItsTasksItself() {
        try (PassScheduler scheduler = scheduler(1, 1)) {
            assertThat(scheduler.run(() -> scheduler.run(new Named("k", SMALL, () -> "inner"))))
                    .isEqualTo("inner");
        }
    }

    @Test
    void logLinesOfATaskHaveTheIdOfItsRequest() {
        try (PassScheduler scheduler = scheduler(1, 1)) {
            MDC.setContextMap(Map.of("id", "7"));
            assertThat(scheduler.run(() -> MDC.get("id"))).isEqualTo("7");
            MDC.clear();
            assertThat(scheduler.run(() -> String.valueOf(MDC.get("id")))).isEqualTo("null");
        }
    }

    @Test
    void aLoneClientMeetsTheSameThreadWithAllCores() {
        try (PassScheduler scheduler = scheduler(3, 4)) {
            for (int i = 0; i < 200; i++) {
                assertThat(scheduler.run(() -> Thread.currentThread().getName() + IntraOpThreads.get()))
                        .isEqualTo("engine-14");
            }
        }
    }

    @Test
    void twoPassesShareTheCores() throws Exception {
        try (PassScheduler scheduler = scheduler(2, 2)) {
            CyclicBarrier both = new CyclicBarrier(2);
            Supplier<String> work = () -> {
                await(both);
                PassScheduler.betweenBlocks();
                int shared = IntraOpThreads.get();
                await(both);
                return String.valueOf(shared);
            };
            CompletableFuture<String> one =
                    CompletableFuture.supplyAsync(() -> scheduler.run(new Named(null, SMALL, work)));
            assertThat(scheduler.run(new Named(null, SMALL, work))).isEqualTo("1");
            assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo("1");
        }
    }

    @Test
    void aPassFollowsTheLoadBetweenBlocksAndASectionKeepsItsThreads() throws Exception {
        try (PassScheduler scheduler = scheduler(2, 2)) {
            assertThat(scheduler.run(new Named(null, SMALL, () -> threadsBeforeWhileAfter(scheduler))))
                    .isEqualTo("2 1 2");
            assertThat(scheduler.run(() -> threadsBeforeWhileAfter(scheduler))).isEqualTo("2 2 2");
        }
    }

    /** The threads per operation before, while and after another task runs. */
    private static String threadsBeforeWhileAfter(PassScheduler scheduler) {
        int before = IntraOpThreads.get();
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Integer> other = CompletableFuture.supplyAsync(() -> scheduler.run(() -> {
            await(release);
            return IntraOpThreads.get();
        }));
        HeldEngine.waitFor(() -> scheduler.running() == 2);
        PassScheduler.betweenBlocks();
        int during = IntraOpThreads.get();
        release.countDown();
        assertThat(other.join()).isEqualTo(1);
        HeldEngine.waitFor(() -> scheduler.running() == 1);
        PassScheduler.betweenBlocks();
        return before + " " + during + " " + IntraOpThreads.get();
    }

    @Test
    void aTaskWithLittleToDoGetsOneThread() {
        try (PassScheduler scheduler = scheduler(1, 2)) {
            BatchSize little = new BatchSize(1, 4e8);
            assertThat(scheduler.run(new Named(null, little, () -> threads()))).isEqualTo("1");
            assertThat(scheduler.run(new Named(null, SMALL, () -> threads()))).isEqualTo("2");
        }
    }

    private static String threads() {
        return String.valueOf(IntraOpThreads.get());
    }

    @Test
    void theNumberOfThreadsIsLimited() {
        try (PassScheduler scheduler = new PassScheduler(new PassScheduler.Threads(1, 4, 3), NOBODY)) {
            assertThat(scheduler.run(IntraOpThreads::get)).isEqualTo(3);
        }
    }

    @Test
    void whatWaitsIsStillRunAtTheEnd() {
        List<String> done = new CopyOnWriteArrayList<>();
        HeldEngine engine = new HeldEngine();
        List<CompletableFuture<Void>> all = engine.together(List.of(
                () -> engine.scheduler().run(() -> done.add("one")),
                () -> engine.scheduler().run(() -> done.add("two"))));
        engine.scheduler().close();
        all.forEach(CompletableFuture::join);
        assertThat(done).containsExactly("one", "two");
        assertThatThrownBy(() -> engine.scheduler().run(() -> 1)).hasMessageContaining("stopping");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
