package dev.headlight.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.model.schedule.Cancelled;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(20);

    private final MemoryBudget budget = new MemoryBudget(100);

    private MemoryBudget.Reservation take(long bytes, Duration wait) {
        return budget.take("input", bytes, budget.total(), () -> false, wait);
    }

    @Test
    void whatIsClosedOrShrunkIsFreeAgain() {
        MemoryBudget.Reservation one = take(60, SHORT);
        assertThat(budget.tryTake(41)).isEmpty();
        one.shrinkTo(20);
        one.shrinkTo(50); // never grows
        assertThat(budget.reserved()).isEqualTo(20);
        one.close();
        one.close();
        assertThat(budget.reserved()).isZero();
        assertThat(budget.tryTake(100)).isPresent();
    }

    @Test
    void whatCanNeverFitIsRefusedWithBothNumbers() {
        assertThatThrownBy(() -> take(101, LONG))
                .isInstanceOf(TooLarge.class)
                .hasMessage("101 bytes of memory are more than the limit of 100 (headlight.memory-budget)");
    }

    @Test
    void whatDoesNotFitNowWaitsForOthers() {
        MemoryBudget.Reservation one = take(60, SHORT);
        CompletableFuture<MemoryBudget.Reservation> other = CompletableFuture.supplyAsync(() -> take(50, LONG));
        assertThat(other).isNotDone();
        one.close();
        assertThat(other.join()).isNotNull();
        assertThat(budget.reserved()).isEqualTo(50);
    }

    @Test
    void whatDoesNotFitInTimeSaysHowMuchIsFree() {
        MemoryBudget.Reservation one = take(60, SHORT);
        assertThatThrownBy(() -> take(50, SHORT))
                .isInstanceOf(MemoryBudget.NotEnoughMemory.class)
                .hasMessage("the request needs 50 bytes of memory, and 40 of 100 bytes are free");
        one.close();
    }

    @Test
    void idleModelsAreEvictedBeforeAnyoneWaits() {
        MemoryBudget.Reservation idle = take(80, SHORT);
        AtomicBoolean evicted = new AtomicBoolean();
        MemoryBudget.Reservation other = budget.take(
                "input",
                70,
                100,
                () -> {
                    idle.close();
                    return !evicted.getAndSet(true);
                },
                SHORT);
        assertThat(evicted).isTrue();
        assertThat(budget.reserved()).isEqualTo(70);
        other.close();
    }

    @Test
    void aCancelledRequestStopsWaiting() throws Exception {
        MemoryBudget.Reservation all = budget.tryTake(100).orElseThrow();
        Cancellation cancellation = new Cancellation(Duration.ZERO);
        CompletableFuture<MemoryBudget.Reservation> waiting = CompletableFuture.supplyAsync(() -> {
            try (Cancellation.Scope scope = cancellation.enter()) {
                return budget.take("test", 10, 100, () -> false, Duration.ofMinutes(5));
            }
        });
        Thread.sleep(100);
        assertThat(waiting).isNotDone();
        cancellation.cancel(Cancellation.Reason.CLIENT_GONE);
        assertThatThrownBy(() -> waiting.orTimeout(30, TimeUnit.SECONDS).join()).hasCauseInstanceOf(Cancelled.class);
        all.close();
        assertThat(budget.reserved()).isZero();
    }
}
