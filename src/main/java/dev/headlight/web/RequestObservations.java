package dev.headlight.web;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.tracing.exporter.SpanExportingPredicate;
import java.util.List;
import java.util.Objects;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.observation.DefaultServerRequestObservationConvention;
import org.springframework.http.server.observation.ServerRequestObservationContext;
import org.springframework.http.server.observation.ServerRequestObservationConvention;

/** What Spring's metric and span of a request are told apart by. */
@Configuration(proxyBeanMethods = false)
class RequestObservations {
    /** Names of exceptions are left to the log, so that there are few series; a span has the id of its request. */
    private static final class Convention extends DefaultServerRequestObservationConvention {
        @Override
        public KeyValues getLowCardinalityKeyValues(ServerRequestObservationContext context) {
            return KeyValues.of(method(context), outcome(context), status(context), uri(context));
        }

        @Override
        public KeyValues getHighCardinalityKeyValues(ServerRequestObservationContext context) {
            return super.getHighCardinalityKeyValues(context)
                    .and(KeyValue.of(
                            "headlight.request_id", RequestLog.idOf(Objects.requireNonNull(context.getCarrier()))));
        }
    }

    @Bean
    ServerRequestObservationConvention requestObservationConvention() {
        return new Convention();
    }

    /** Without the spans of probes, which would be most of them. */
    @Bean
    SpanExportingPredicate withoutProbes() {
        return span -> !String.valueOf(span.getTags().get("uri")).startsWith("/actuator");
    }

    /** Without Micrometer's own name of an exception. */
    @Bean
    MeterFilter withoutExceptions() {
        return new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                List<Tag> tags = id.getTags().stream()
                        .filter(tag -> !tag.getKey().equals("error"))
                        .toList();
                return id.getName().equals("http.server.requests") ? id.replaceTags(tags) : id;
            }
        };
    }
}
