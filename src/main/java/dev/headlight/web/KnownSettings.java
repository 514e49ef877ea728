package dev.headlight.web;

import dev.headlight.model.fault.BadSetting;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Ends the start if a {@code headlight.*} setting is misspelt, which Spring would ignore. All spellings that Spring binds
 * are known: {@code models-dir}, {@code modelsDir}, {@code models_dir}, and {@code HEADLIGHT_MODELS_DIR} in the environment.
 */
public final class KnownSettings implements ApplicationContextInitializer<ConfigurableApplicationContext> {
    /** The records whose components are settings. */
    static final List<Class<? extends Record>> RECORDS = List.of(HeadlightProperties.class);

    /**
     * Variables that are no settings: those that Kubernetes makes for services whose names begin with {@code headlight}, and
     * those of this repository's Compose file and notebook.
     */
    private static final Pattern OF_OTHERS = Pattern.compile(
            "HEADLIGHT_URL|HEADLIGHT_(\\w+_)?" + "(SERVICE_(HOST|PORT(_\\w+)?)|PORT(_\\d+_(TCP|UDP|SCTP)(_\\w+)?)?)");

    /** Settings, such as {@code headlight.models-dir}. */
    private final Set<String> names = new TreeSet<>();
    /** Settings that are lists or maps: anything may follow. */
    private final Set<String> groups = new TreeSet<>();

    /** Reads the names of all settings. */
    public KnownSettings() {
        for (Class<? extends Record> settings : RECORDS) {
            add(settings.getAnnotation(ConfigurationProperties.class).value(), settings);
        }
    }

    private void add(String prefix, Class<?> settings) {
        for (RecordComponent component : settings.getRecordComponents()) {
            String name = prefix + "." + DataObjectPropertyName.toDashedForm(component.getName());
            Class<?> type = component.getType();
            if (type.isRecord()) {
                add(name, type);
            } else {
                names.add(name);
                if (type.isArray() || Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type)) {
                    groups.add(name);
                }
            }
        }
    }

    /** @throws BadSetting if a setting is misspelt */
    @Override
    public void initialize(ConfigurableApplicationContext context) {
        context.getEnvironment().getPropertySources().forEach(this::check);
    }

    void check(PropertySource<?> source) {
        if (source instanceof EnumerablePropertySource<?> settings) {
            boolean environment = source instanceof SystemEnvironmentPropertySource;
            Predicate<String> isKnown = environment ? this::isVariable : this::isName;
            Arrays.stream(settings.getPropertyNames())
                    .filter(name -> name.toLowerCase(Locale.ROOT).matches("headlight([^a-z].*)?"))
                    .filter(isKnown.negate())
                    .sorted()
                    .findFirst()
                    .ifPresent(name -> refuse(name, environment));
        }
    }

    private void refuse(String name, boolean environment) {
        String nearest = nearest(name);
        throw new BadSetting(
                name,
                "is not a setting; the nearest is "
                        + (environment ? variable(nearest, "_") + ", for " + nearest : nearest));
    }

    /** Whether Spring binds a name that is written with dots. */
    private boolean isName(String name) {
        String uniform = uniform(name);
        return names.stream().map(KnownSettings::uniform).anyMatch(uniform::equals)
                || groups.stream().map(KnownSettings::uniform).anyMatch(group -> uniform.matches(group + "[.\\[].+"));
    }

    private boolean isVariable(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return spellings(names).anyMatch(upper::equals)
                || spellings(groups).anyMatch(group -> upper.startsWith(group + "_"))
                || OF_OTHERS.matcher(upper).matches();
    }

    private static Stream<String> spellings(Set<String> settings) {
        return settings.stream().flatMap(setting -> Stream.of(variable(setting, "_"), variable(setting, "")));
    }

    /** The environment variable of a setting, with a dash replaced. */
    private static String variable(String setting, String dash) {
        return setting.replace('.', '_').replace("-", dash).toUpperCase(Locale.ROOT);
    }

    private static String uniform(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[-_]", "");
    }

    private String nearest(String name) {
        return names.stream()
                .min(Comparator.comparingInt(known -> distance(letters(known), letters(name))))
                .orElseThrow();
    }

    private static String letters(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** The number of letters to insert, delete or replace (Levenshtein). */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
