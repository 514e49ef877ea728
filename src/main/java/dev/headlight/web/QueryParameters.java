package dev.headlight.web;

import dev.headlight.model.fault.BadSelection;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Requests for pictures as query parameters, for {@code <img>} and Markdown. They become the requests that a POST reads. */
@Component
public final class QueryParameters {
    private final JsonMapper mapper;

    QueryParameters(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /** The format that the path ends with. */
    public static Format format(HttpServletRequest request) {
        return request.getRequestURI().endsWith(".png") ? Format.PNG : Format.SVG;
    }

    /** Parameters by the field of the request that each becomes. */
    public final class Fields {
        private final Map<String, Object> values = new LinkedHashMap<>();
        private final Map<String, String> names = new LinkedHashMap<>();

        /**
         * Adds a parameter.
         *
         * @param field of the request
         * @param name of the parameter
         * @param value null if it is not given
         */
        public Fields with(String field, String name, @Nullable Object value) {
            names.put(field, name);
            if (value != null) {
                values.put(field, value);
            }
            return this;
        }

        /** Adds a parameter that has the name of its field. */
        public Fields with(String name, @Nullable Object value) {
            return with(name, name, value);
        }

        /**
         * Answers the request.
         *
         * @param type of the request
         * @param answer of the POST to the same request
         * @throws BadSelection that names the parameter at fault, or one that is not known or given twice
         */
        public <R, A> A answer(HttpServletRequest request, Class<R> type, java.util.function.Function<R, A> answer) {
            refuseUnknown(request);
            return renamed(() -> answer.apply(read(type)));
        }

        private <R> R read(Class<R> type) {
            try {
                return mapper.treeToValue(mapper.valueToTree(values), type);
            } catch (JacksonException e) {
                if (e.getCause() instanceof BadSelection bad) {
                    throw bad;
                }
                throw new BadSelection(JsonErrors.path(e), JsonErrors.message(e));
            }
        }

        private void refuseUnknown(HttpServletRequest request) {
            request.getParameterMap().forEach((name, given) -> {
                if (!names.containsValue(name)) {
                    throw new BadSelection(
                            name,
                            "is not known; the known parameters are "
                                    + names.values().stream().sorted().toList());
                }
                if (given.length > 1) {
                    throw new BadSelection(name, "is given " + given.length + " times");
                }
            });
            if (!values.containsKey("input") && names.containsKey("input")) {
                throw new BadSelection("input", "is required");
            }
        }

        private <A> A renamed(Supplier<A> work) {
            try {
                return work.get();
            } catch (BadSelection e) {
                String field = e.field().replaceFirst("[\\[.].*", "");
                if (!names.containsKey(field)) {
                    throw e;
                }
                throw new BadSelection(names.get(field), String.valueOf(e.getMessage()));
            }
        }
    }

    /** No parameters yet. */
    public Fields fields() {
        return new Fields();
    }
}
