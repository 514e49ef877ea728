package dev.headlight.web;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;

/** The methods that a path really has, for the header {@code Allow}. */
final class AllowedMethods {
    private AllowedMethods() {}

    /**
     * The methods of a path whose mappings have these: one with GET has HEAD, and every path has OPTIONS.
     *
     * @return in alphabetical order, separated by commas
     */
    static String of(@Nullable Set<HttpMethod> mapped) {
        Set<String> all = new TreeSet<>(List.of(HttpMethod.OPTIONS.name()));
        for (HttpMethod method : mapped == null ? Set.<HttpMethod>of() : mapped) {
            all.add(method.name());
            if (method.equals(HttpMethod.GET)) {
                all.add(HttpMethod.HEAD.name());
            }
        }
        return String.join(", ", all);
    }
}
