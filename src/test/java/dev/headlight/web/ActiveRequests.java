package dev.headlight.web;

import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;

/** The requests that a service has not ended yet. A client may have the whole answer before. */
final class ActiveRequests {
    private ActiveRequests() {}

    static int count(MeterRegistry meters) {
        Collection<LongTaskTimer> timers =
                meters.get("http.server.requests.active").longTaskTimers();
        return timers.stream().mapToInt(LongTaskTimer::activeTasks).sum();
    }
}
