package dev.headlight.web.analysis;

import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.TokenName;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

/** JSON of a metric. */
@Schema(name = "Metric", description = "Number that is measured in each run.")
record MetricBody(
        @NotNull(message = "is required")
        @Schema(
                description =
                        "`logit_difference` (answer minus foil), `logit`, `log_probability` (nats), `kl_divergence` (base run ‖ patched run, nats) or `loss` (mean next-token cross-entropy over the input, nats).")
        Metric.Type type,

        @Schema(description = "Token of the first three types: a token id, or a text that is one token.") @Nullable
        TokenName answer,

        @Schema(description = "Token of `logit_difference` whose logit is subtracted.") @Nullable
        TokenName foil,

        @Schema(
                description =
                        "Position at which the metric is read; negative ones count from the end. By default the last one, or in a model that is not causal that of the only mask token. `loss` has none.")
        @Nullable
        Integer position) {

    /** Name of the metric in pictures, such as {@code logit difference}. */
    String inWords() {
        return type.toString().replace('_', ' ');
    }

    /** @param field path of the metric in the request */
    Metric read(String field, Session session) {
        return Metric.of(
                field,
                type,
                answer == null ? null : session.tokenId(field + ".answer", answer),
                foil == null ? null : session.tokenId(field + ".foil", foil),
                position);
    }
}
