package dev.headlight.web;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.read.TopNeurons;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.TokenName;
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

/** Configures JSON: snake_case names, no unknown fields, no coercion between types, null instead of NaN. */
@Configuration(proxyBeanMethods = false)
class JsonConfiguration {
    /** Leaves out {@code traces}, which only pictures need. */
    @JsonIgnoreProperties("traces")
    interface WithoutTraces {}

    /** Reads an action as the record that its {@code type} names; {@link ActionDeserializer} refuses unknown fields. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = ActionDeserializer.TYPE)
    @JsonIgnoreProperties(ignoreUnknown = true)
    interface ByType {}

    /** Leaves out {@code warnings}, which {@link ReplyBody} writes. */
    interface WithoutWarnings {
        @JsonIgnore
        List<String> warnings();
    }

    @Bean
    JsonMapperBuilderCustomizer strictJson(HeadlightProperties properties) {
        InputDeserializer inputs =
                new InputDeserializer(properties.limits().ofAnalysis().forDryRun());
        return builder -> builder.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .withCoercionConfig(LogicalType.Textual, JsonConfiguration::refuseNonText)
                .withCoercionConfig(LogicalType.Enum, JsonConfiguration::refuseNonText)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .changeDefaultNullHandling(n -> JsonSetter.Value.forContentNulls(Nulls.FAIL))
                .addMixIn(Action.class, ByType.class)
                .addMixIn(AnalysisAnswer.class, WithoutWarnings.class)
                .addMixIn(TopNeurons.Answer.class, WithoutTraces.class)
                .addModule(module(inputs));
    }

    /** Refuses numbers and booleans where a string or the name of an enum constant is expected. */
    private static void refuseNonText(MutableCoercionConfig config) {
        config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
    }

    private static SimpleModule module(InputDeserializer inputs) {
        SimpleModule module = new SimpleModule("headlight") {
            @Override
            public void setupModule(SetupContext context) {
                super.setupModule(context);
                context.insertAnnotationIntrospector(new ActionIntrospector(inputs));
            }
        };
        module.addDeserializer(Input.class, inputs);
        module.addDeserializer(Action.class, new ActionDeserializer());
        module.addDeserializer(TokenName.class, new TokenNameDeserializer());
        module.addDeserializer(boolean.class, new StrictBooleanDeserializer());
        module.addSerializer(Tensor.class, new TensorSerializer());
        module.addSerializer(Double.class, new FiniteSerializer());
        module.addSerializer(double.class, new FiniteSerializer());
        module.addSerializer(float.class, new FiniteSerializer());
        return module;
    }

    /** Writes NaN and infinities as null, because JSON has no such numbers. */
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
