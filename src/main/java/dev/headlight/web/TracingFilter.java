package dev.headlight.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Leaves out Spring Boot's tracing where no address is set to send traces to: Spring would create spans, only to drop them.
 */
final class TracingFilter implements AutoConfigurationImportFilter, EnvironmentAware {
    private static final List<String> ADDRESSES =
            List.of("management.opentelemetry.tracing.export.otlp.endpoint", "management.otlp.tracing.endpoint");
    private static final List<String> PACKAGES =
            List.of("org.springframework.boot.micrometer.tracing.", "org.springframework.boot.opentelemetry.");

    private boolean wanted;

    @Override
    public void setEnvironment(Environment environment) {
        wanted = ADDRESSES.stream().anyMatch(environment::containsProperty);
    }

    @Override
    public boolean[] match(@Nullable String[] classes, AutoConfigurationMetadata metadata) {
        boolean[] matches = new boolean[classes.length];
        for (int i = 0; i < classes.length; i++) {
            String name = String.valueOf(classes[i]);
            matches[i] = wanted || PACKAGES.stream().noneMatch(name::startsWith);
        }
        return matches;
    }
}
