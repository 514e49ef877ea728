package dev.headlight.web;

import dev.headlight.model.arch.Architectures;
import dev.headlight.model.hub.Downloads;
import dev.headlight.model.hub.Hub;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Creates the downloads from the Hugging Face hub. */
@Configuration(proxyBeanMethods = false)
class HubConfiguration {
    /** @param token the access token, from the environment variable that Hugging Face's own tools read */
    @Bean
    Downloads downloads(HeadlightProperties properties, @Value("${HF_TOKEN:#{null}}") @Nullable String token) {
        HeadlightProperties.HubSettings hub = properties.hub();
        String given = token == null || token.isBlank() ? null : token.trim();
        return new Downloads(
                new Hub(hub.endpoint(), given, hub.retryPolicy()), properties.modelsFolder(), new Architectures());
    }
}
