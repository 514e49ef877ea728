package dev.headlight.web;

import dev.headlight.model.checkpoint.Torch;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.info.GitProperties;
import org.springframework.stereotype.Component;

/** What runs: the version, the commit, Java and PyTorch, as a metric. Adds PyTorch to {@code /actuator/info}. */
@Component
final class BuildInfo implements InfoContributor {
    private static final String UNKNOWN = "unknown";

    private final Torch torch;

    BuildInfo(
            Torch torch,
            MeterRegistry registry,
            ObjectProvider<BuildProperties> build,
            ObjectProvider<GitProperties> git) {
        this.torch = torch;
        String version = Optional.ofNullable(build.getIfAvailable())
                .map(BuildProperties::getVersion)
                .orElse(UNKNOWN);
        String commit = Optional.ofNullable(git.getIfAvailable())
                .map(GitProperties::getShortCommitId)
                .orElse(UNKNOWN);
        Gauge.builder("headlight.build.info", () -> 1)
                .description("Always 1; the labels tell what runs")
                .tag("version", version)
                .tag("commit", commit)
                .tag("java", Runtime.version().toString())
                .tag("pytorch", torch.version())
                .register(registry);
    }

    @Override
    public void contribute(Info.Builder builder) {
        builder.withDetail("pytorch", Map.of("version", torch.version(), "device", torch.deviceName()));
    }
}
