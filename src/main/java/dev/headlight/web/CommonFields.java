package dev.headlight.web;

import io.swagger.v3.core.util.Yaml31;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Describes fields that several requests share, by name. A description in a request's own record takes precedence. */
final class CommonFields {
    private static final String FILE = "/openapi/fields.yaml";

    private CommonFields() {}

    static void describe(OpenAPI api) {
        Map<String, Schema<?>> fields = read(FILE);
        for (PathItem path : api.getPaths().values()) {
            for (Operation operation : path.readOperations()) {
                Schema<?> request = request(operation, api.getComponents());
                if (request != null && request.getProperties() != null) {
                    request.getProperties().forEach((name, field) -> describe(field, fields.get(name)));
                }
            }
        }
    }

    /** Schemas by name from a YAML file on the class path. */
    static Map<String, Schema<?>> read(String file) {
        try (InputStream in = CommonFields.class.getResourceAsStream(file)) {
            return Yaml31.mapper().readerForMapOf(Schema.class).readValue(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Schema of an operation's request; null where it has no body. */
    static @Nullable Schema<?> request(Operation operation, Components components) {
        if (operation.getRequestBody() == null) {
            return null;
        }
        MediaType json = Objects.requireNonNull(
                operation.getRequestBody().getContent().get(org.springframework.http.MediaType.APPLICATION_JSON_VALUE));
        String name = Objects.requireNonNull(json.getSchema().get$ref()).replaceAll(".*/", "");
        return components.getSchemas().get(name);
    }

    private static void describe(Schema<?> field, @Nullable Schema<?> common) {
        if (common == null || field.getDescription() != null) {
            return;
        }
        field.setDescription(common.getDescription());
        if (common.getDefault() != null) {
            field.setDefault(common.getDefault());
        }
    }
}
