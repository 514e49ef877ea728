package dev.headlight.web;

import dev.headlight.interp.Activations;
import dev.headlight.interp.Analysis;
import dev.headlight.interp.AttentionPatterns;
import dev.headlight.interp.Attribution;
import dev.headlight.interp.AttributionPatching;
import dev.headlight.interp.Circuits;
import dev.headlight.interp.HeadCircuit;
import dev.headlight.interp.HeadScores;
import dev.headlight.interp.Interventions;
import dev.headlight.interp.LogitLens;
import dev.headlight.interp.Patching;
import dev.headlight.interp.Tokens;
import dev.headlight.interp.TopNeurons;
import dev.headlight.model.hub.DownloadStatus;
import io.swagger.v3.core.util.Yaml31;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Completes the document's schemas: those that cannot be read off a record, and what of an answer may be null. */
final class WireSchemas {
    private static final String WRITTEN = "/openapi-schemas.yaml";
    private static final List<Class<?>> ANSWERS = List.of(
            AttentionPatterns.Answer.class,
            Activations.Answer.class,
            TopNeurons.Answer.class,
            HeadScores.Answer.class,
            Interventions.Answer.class,
            LogitLens.Answer.class,
            Attribution.Answer.class,
            HeadCircuit.Answer.class,
            Patching.Answer.class,
            AttributionPatching.Answer.class,
            Circuits.Answer.class,
            Tokens.Answer.class,
            ModelBodies.Listing.class,
            ModelBodies.Detailed.class,
            DownloadStatus.class);

    private final OpenAPI api;
    private final Set<Class<?>> seen = new HashSet<>();

    private WireSchemas(OpenAPI api) {
        this.api = api;
    }

    static Schema<?> ref(String name) {
        return new JsonSchema().$ref("#/components/schemas/" + name);
    }

    static void complete(OpenAPI api) {
        api.getComponents().getSchemas().putAll(written());
        api.getComponents().getSchemas().putAll(ActionSchemas.all());
        WireSchemas wire = new WireSchemas(api);
        ANSWERS.forEach(wire::nullness);
        ANSWERS.stream().filter(Analysis.class::isAssignableFrom).forEach(wire::more);
    }

    /** What an answer has only where it was asked for. */
    private void more(Class<?> answer) {
        Schema<?> schema =
                Objects.requireNonNull(api.getComponents().getSchemas().get(OpenApiConfiguration.schemaName(answer)));
        schema.addProperty(ReplyBody.RENDERED, ref("Rendered"));
        if (answer != Tokens.Answer.class) { // nothing was run
            schema.addProperty("verification", ref("Verification"));
            schema.addProperty(ReplyBody.COMPARISON, ref("Comparison"));
        }
    }

    private static Map<String, Schema<?>> written() {
        try (InputStream in = WireSchemas.class.getResourceAsStream(WRITTEN)) {
            return Yaml31.mapper().readerForMapOf(Schema.class).readValue(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every component of an answer's records is there; it may be null only where it is declared so. */
    private void nullness(Type type) {
        if (type instanceof ParameterizedType generic) {
            List.of(generic.getActualTypeArguments()).forEach(this::nullness);
        } else if (type instanceof Class<?> record && record.isRecord() && seen.add(record)) {
            List.of(record.getRecordComponents()).forEach(c -> nullness(c.getGenericType()));
            Schema<?> schema = api.getComponents().getSchemas().get(OpenApiConfiguration.schemaName(record));
            if (schema == null) {
                return; // a record that only pictures are drawn from
            }
            schema.setRequired(List.copyOf(schema.getProperties().keySet()));
            for (RecordComponent component : record.getRecordComponents()) {
                if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                    nullable(schema, ProblemAdvice.snakeCase(component.getName()));
                }
            }
        }
    }

    private static void nullable(Schema<?> owner, String name) {
        Schema<?> property = Objects.requireNonNull(owner.getProperties().get(name));
        if (property.get$ref() == null) {
            property.addType("null");
        } else {
            Schema<?> nothing = new JsonSchema();
            nothing.addType("null");
            owner.addProperty(
                    name, new JsonSchema().anyOf(List.of(ref(property.get$ref().replaceAll(".*/", "")), nothing)));
        }
    }
}
