package dev.headlight.web;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.headlight.interp.Action;
import dev.headlight.interp.Analysis;
import dev.headlight.interp.Input;
import dev.headlight.interp.TokenName;
import dev.headlight.interp.TopNeurons;
import dev.headlight.tensor.Tensor;
import java.util.List;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.MutableCoercionConfig;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.type.LogicalType;

/** JSON as the contract has it: snake_case, nothing unknown, nothing coerced, no NaN. */
@Configuration(proxyBeanMethods = false)
class JsonConfiguration {
    /** What pictures are drawn from is no part of the JSON. */
    @JsonIgnoreProperties("traces")
    interface WithoutTraces {}

    /** The warnings of an answer stand beside it, see {@link ReplyBody}. */
    interface WithoutWarnings {
        @JsonIgnore
        List<String> warnings();
    }

    @Bean
    JsonMapperBuilderCustomizer strictJson() {
        return builder -> builder.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .withCoercionConfig(LogicalType.Textual, JsonConfiguration::noText)
                .withCoercionConfig(LogicalType.Enum, JsonConfiguration::noText)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .changeDefaultNullHandling(n -> JsonSetter.Value.forContentNulls(Nulls.FAIL))
                .addMixIn(Analysis.class, WithoutWarnings.class)
                .addMixIn(TopNeurons.Answer.class, WithoutTraces.class)
                .addModule(module());
    }

    /** A number or a truth value is no text, and names no choice. */
    private static void noText(MutableCoercionConfig config) {
        config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
    }

    private static SimpleModule module() {
        SimpleModule module = new SimpleModule("headlight");
        module.addDeserializer(Input.class, new InputDeserializer());
        module.addDeserializer(Action.class, new ActionDeserializer());
        module.addDeserializer(TokenName.class, new TokenNameDeserializer());
        module.addDeserializer(boolean.class, new TruthDeserializer());
        module.addSerializer(Tensor.class, new TensorSerializer());
        module.addSerializer(Double.class, new FiniteSerializer());
        module.addSerializer(double.class, new FiniteSerializer());
        module.addSerializer(float.class, new FiniteSerializer());
        return module;
    }

    /** NaN and infinities, which JSON lacks, are null. */
    private static final class FiniteSerializer extends ValueSerializer<Number> {
        @Override
        public void serialize(Number value, JsonGenerator json, SerializationContext context) {
            if (!Double.isFinite(value.doubleValue())) {
                json.writeNull();
            } else if (value instanceof Float f) {
                json.writeNumber(f);
            } else {
                json.writeNumber(value.doubleValue());
            }
        }
    }
}
