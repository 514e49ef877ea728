package dev.headlight.web;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.read.TopNeurons;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.TokenName;
import dev.headlight.tensor.Tensor;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.core.jackson.TypeNameResolver;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Contact;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import io.swagger.v3.oas.models.tags.Tag;
import java.util.List;
import java.util.Set;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springdoc.core.customizers.GlobalOperationCustomizer;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Configures the OpenAPI document: names as in the JSON, and schemas of types that have their own reader or writer. */
@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {
    private static final String KEY = "key";

    static {
        SpringDocUtils.getConfig()
                .replaceWithSchema(Input.class, WireSchemas.ref("Input"))
                .replaceWithSchema(Action.class, WireSchemas.ref("Action"))
                .replaceWithSchema(TokenName.class, WireSchemas.ref("Token"))
                .replaceWithSchema(Tensor.class, WireSchemas.ref("Tensor"))
                .addRequestWrapperToIgnore(Format.class) // resolved from the Accept header
                .addResponseTypeToIgnore(Reply.class); // AnalysisMapping names the class of the answer
    }

    @Bean
    OpenAPI headlightApi() {
        return new OpenAPI()
                .info(new Info()
                        .title("Headlight")
                        .version(ApiVersion.VERSION)
                        .description(
                                "Mechanistic interpretability of transformer language models over HTTP: what each layer, head and "
                                        + "neuron computes, and what changes when it is edited. Hook points have the names of TransformerLens.")
                        .contact(new Contact().name("The maintainers of Headlight"))
                        .license(new License().name("Apache-2.0").identifier("Apache-2.0")))
                .tags(List.of(
                        new Tag()
                                .name("Analyses")
                                .description("What a model computes, and what changes when it is edited."),
                        new Tag().name("Pictures").description("Pictures at addresses of their own."),
                        new Tag()
                                .name("Models")
                                .description("Which models there are, loading them, the hub, and tokens.")))
                .servers(List.of(new Server().url("/").description("this service")))
                .components(new Components()
                        .addSecuritySchemes(
                                KEY,
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.HTTP)
                                        .scheme("bearer")
                                        .description("An API key or a token (JWT), where the service asks for one.")))
                .security(List.of(new SecurityRequirement(), new SecurityRequirement().addList(KEY)));
    }

    @Bean
    ModelResolver wireNames() {
        ObjectMapper mapper = Json31.mapper()
                .copy()
                .addMixIn(TopNeurons.Answer.class, JsonConfiguration.WithoutTraces.class)
                .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING);
        return new ModelResolver(mapper, new Names()).openapi31(true);
    }

    @Bean
    GlobalOpenApiCustomizer wireSchemas() {
        return api -> {
            CommonFields.describe(api);
            WireSchemas.complete(api);
            AnalysisOperations.namePictures(api);
        };
    }

    @Bean
    GlobalOperationCustomizer answers() {
        return (operation, handler) ->
                ApiAnswers.document(AnalysisOperations.document(operation, handler.getMethod()), handler.getMethod());
    }

    /** Name of a class in the document; a nested class without its own name is called like {@code AttentionPatternsAnswer}. */
    static String schemaName(Class<?> type) {
        Schema named = type.getAnnotation(Schema.class);
        if (named != null && !named.name().isEmpty()) {
            return named.name();
        }
        Class<?> outer = type.getEnclosingClass();
        return (outer == null ? "" : outer.getSimpleName()) + type.getSimpleName();
    }

    private static final class Names extends TypeNameResolver {
        @Override
        protected String nameForClass(Class<?> type, Set<Options> options) {
            return type.getName().startsWith("dev.headlight.") ? schemaName(type) : super.nameForClass(type, options);
        }
    }
}
