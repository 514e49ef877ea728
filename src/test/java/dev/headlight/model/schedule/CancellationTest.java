package dev.headlight.model.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.headlight.model.schedule.Cancellation.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CancellationTest {
    private final Cancellation cancellation = new Cancellation(Duration.ZERO);

    @Test
    void aThreadWithoutARequestIsNeverCancelled() {
        assertThatCode(() -> Cancellation.current().check()).doesNotThrowAnyException();
    }

    @Test
    void aScopeBindsOneThreadUntilItIsClosed() {
        Cancellation none = Cancellation.current();
        Cancellation inner = new Cancellation(Duration.ZERO);
        try (Cancellation.Scope scope = cancellation.enter()) {
            assertThat(Cancellation.current()).isSameAs(cancellation);
            assertThat(CompletableFuture.supplyAsync(Cancellation::current).join())
                    .isSameAs(none);
            try (Cancellation.Scope nested = inner.enter()) {
                assertThat(Cancellation.current()).isSameAs(inner);
            }
            assertThat(Cancellation.current()).isSameAs(cancellation);
        }
        assertThat(Cancellation.current()).isSameAs(none);
    }

    @Test
    void aCheckAfterCancellationThrowsTheFirstReasonAndWhatWasDone() {
        cancellation.check();
        cancellation.blockDone();
        cancellation.blockDone();
        cancellation.passDone();
        cancellation.cancel(Reason.CLIENT_GONE);
        cancellation.cancel(Reason.SHUTDOWN);
        Cancelled cancelled = catchThrowableOfType(Cancelled.class, cancellation::check);
        assertThat(cancelled.reason()).isEqualTo(Reason.CLIENT_GONE);
        assertThat(cancelled.done().forwardPasses()).isEqualTo(1);
        assertThat(cancelled.done().blocks()).isEqualTo(2);
        assertThat(cancelled.done().seconds()).isBetween(0.0, 10.0);
    }

    @Test
    void theDeadlineNeedsNoOtherThread() throws InterruptedException {
        Cancellation late = new Cancellation(Duration.ofMillis(20));
        List<Cancelled> told = new ArrayList<>();
        late.onCancel(told::add);
        late.check();
        Thread.sleep(30);
        Cancelled cancelled = catchThrowableOfType(Cancelled.class, late::check);
        assertThat(cancelled.reason()).isEqualTo(Reason.DEADLINE);
        assertThat(cancelled.done().seconds()).isGreaterThanOrEqualTo(0.02);
        assertThat(told).extracting(Cancelled::reason).containsExactly(Reason.DEADLINE);
    }

    @Test
    void aCallbackIsCalledOnceAlsoIfItComesLateAndNotAfterItIsClosed() {
        List<String> calls = new ArrayList<>();
        cancellation.onCancel(c -> calls.add("early"));
        cancellation.onCancel(c -> calls.add("closed")).close();
        cancellation.cancel(Reason.CLIENT_GONE);
        cancellation.onCancel(c -> calls.add("late"));
        cancellation.cancel(Reason.SHUTDOWN);
        assertThat(calls).containsExactly("early", "late");
    }
}
