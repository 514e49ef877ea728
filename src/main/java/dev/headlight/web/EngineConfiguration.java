package dev.headlight.web;

import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.MmapPolicy;
import dev.headlight.model.checkpoint.Precision;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.BadSetting;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.schedule.PassScheduler;
import dev.headlight.model.store.Catalogue;
import dev.headlight.model.store.MemoryBudget;
import dev.headlight.model.store.Models;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Creates PyTorch, the memory budget, the models and the workers. Loads the default model before the port opens. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(HeadlightProperties.class)
class EngineConfiguration {
    static final String EMBEDDED = "micro";

    @Bean
    Torch torch(HeadlightProperties properties, OperatorMetrics metrics) {
        Torch torch = new Torch(
                properties.device(),
                1,
                Precision.of(properties.dtype()),
                MmapPolicy.of(properties.mapWeights()),
                properties.packWeights());
        PassScheduler scheduler = new PassScheduler(properties.threadsOn(torch.onGpu()), metrics);
        metrics.queue(scheduler);
        return torch.scheduledBy(scheduler);
    }

    @Bean
    AccessSettings accessSettings(HeadlightProperties properties) {
        return properties.access();
    }

    @Bean
    MemoryBudget budget(HeadlightProperties properties, Torch torch, OperatorMetrics metrics) {
        MemoryBudget budget = properties.budget(torch);
        metrics.memory(budget);
        return budget;
    }

    @Bean
    Models models(HeadlightProperties properties, Torch torch, MemoryBudget budget, OperatorMetrics metrics)
            throws IOException {
        Checkpoint embedded = new Checkpoint(EmbeddedFiles.unpack(Path.of(System.getProperty("java.io.tmpdir"))));
        Catalogue catalogue = new Catalogue(EMBEDDED, embedded, properties.modelsFolder(), properties.defaultModel());
        Models models =
                new Models(catalogue, torch, new Architectures(), budget, properties.memoryWait(), metrics::loaded);
        try {
            models.load(null);
        } catch (TooLarge e) {
            throw new BadSetting("headlight.memory-budget", "is too small for the default model: " + e.getMessage());
        }
        return models;
    }

    @Bean
    Workers workers(HeadlightProperties properties, Torch torch) {
        return new Workers(properties.workersOn(torch.onGpu()) + properties.queue(), torch.scheduler());
    }
}
