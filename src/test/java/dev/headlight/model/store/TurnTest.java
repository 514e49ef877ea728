package dev.headlight.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.schedule.Cancellation;
import dev.headlight.model.schedule.Cancelled;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TurnTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final Turn turn = new Turn();
    private final Cancellation cancellation = new Cancellation(Duration.ZERO);

    private CompletableFuture<Boolean> waiting(Cancellation request) {
        return CompletableFuture.supplyAsync(() -> {
            try (Cancellation.Scope scope = request.enter()) {
                return turn.enter(LONG);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void theNextRequestIsInWhenTheFirstLeaves() throws Exception {
        assertThat(turn.enter(LONG)).isTrue();
        CompletableFuture<Boolean> second = waiting(cancellation);
        Thread.sleep(100);
        assertThat(second).isNotDone();
        turn.leave();
        assertThat(second.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(turn.enter(Duration.ofMillis(10))).as("the second is in").isFalse();
        turn.leave();
        assertThat(turn.enter(Duration.ZERO)).isTrue();
    }

    @Test
    void aCancelledRequestLeavesTheQueueAndThoseBehindItAreNext() throws Exception {
        assertThat(turn.enter(LONG)).isTrue();
        CompletableFuture<Boolean> gone = waiting(cancellation);
        Thread.sleep(100);
        CompletableFuture<Boolean> patient = waiting(new Cancellation(Duration.ZERO));
        Thread.sleep(100);
        cancellation.cancel(Cancellation.Reason.CLIENT_GONE);
        assertThatThrownBy(() -> gone.orTimeout(30, TimeUnit.SECONDS).join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(Cancelled.class);
        assertThat(patient).isNotDone();
        turn.leave();
        assertThat(patient.get(30, TimeUnit.SECONDS)).isTrue();
    }
}
