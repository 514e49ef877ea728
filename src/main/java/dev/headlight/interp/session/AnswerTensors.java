package dev.headlight.interp.session;

import dev.headlight.tensor.Tensor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds and replaces the tensors of an answer by walking over its records, in the order of their components.
 *
 * <p>A tensor's name is made of parts joined by dots: its index in a list, its key in a map, and its component in snake
 * case, such as {@code 0.attention} for {@code results[0].attention}. The component of a map is a part of the name only
 * if the same record also holds tensors directly.
 */
final class AnswerTensors {
    /** Maps a tensor and its name to the tensor that takes its place. */
    private interface Replacement {
        Tensor of(String name, Tensor tensor);
    }

    private final Replacement replacement;

    private AnswerTensors(Replacement replacement) {
        this.replacement = replacement;
    }

    /** All tensors of an answer, by name. */
    static Map<String, Tensor> of(AnalysisAnswer answer) {
        Map<String, Tensor> found = new LinkedHashMap<>();
        new AnswerTensors((name, tensor) -> {
                    found.put(name, tensor);
                    return tensor;
                })
                .replaceIn("", answer);
        return found;
    }

    /** A copy of an answer whose tensors are those of {@code others} with the same names. */
    static AnalysisAnswer with(AnalysisAnswer answer, Map<String, Tensor> others) {
        return (AnalysisAnswer) new AnswerTensors((name, tensor) -> Objects.requireNonNull(others.get(name), name))
                .replaceIn("", answer);
    }

    /** A copy of a value, with every tensor in it replaced. */
    private Object replaceIn(String path, Object value) {
        if (value instanceof Tensor tensor) {
            return replacement.of(path, tensor);
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(element -> copy.add(replaceIn(join(path, String.valueOf(copy.size())), element)));
            return copy;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, element) -> copy.put(key, replaceIn(join(path, key.toString()), element)));
            return copy;
        }
        return value instanceof Record record ? replaceInRecord(path, record) : value;
    }

    private Record replaceInRecord(String path, Record record) {
        RecordComponent[] components = record.getClass().getRecordComponents();
        boolean direct = Arrays.stream(components).anyMatch(c -> c.getType() == Tensor.class);
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        @Nullable Object[] values = new Object[components.length];
        try {
            for (int i = 0; i < values.length; i++) {
                var accessor = components[i].getAccessor();
                accessor.setAccessible(true); // the record may not be public
                Object value = accessor.invoke(record);
                if (value != null && holdsTensors(components[i].getGenericType())) {
                    boolean named = types[i] == Tensor.class || (direct && types[i] == Map.class);
                    value = replaceIn(named ? join(path, snakeCase(components[i].getName())) : path, value);
                }
                values[i] = value;
            }
            var constructor = record.getClass().getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether values of a type can hold a tensor; the many records of an answer that cannot are not copied. */
    private static boolean holdsTensors(Type type) {
        if (type instanceof ParameterizedType generic) {
            return Arrays.stream(generic.getActualTypeArguments()).anyMatch(AnswerTensors::holdsTensors);
        }
        return type == Tensor.class
                || (type instanceof Class<?> c
                        && c.isRecord()
                        && Arrays.stream(c.getRecordComponents()).anyMatch(of -> holdsTensors(of.getGenericType())));
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
