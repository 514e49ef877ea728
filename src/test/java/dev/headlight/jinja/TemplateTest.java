package dev.headlight.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    private static final Goldens SMALL = new Goldens("small.json");
    private static final Goldens RANDOM = new Goldens("random.json");
    private static final LocalDateTime NOW = LocalDateTime.of(2025, 3, 9, 7, 5, 3);

    static Stream<JsonObject> small() {
        return SMALL.cases();
    }

    @ParameterizedTest
    @MethodSource("small")
    void aSmallTemplateIsRenderedAsJinjaRendersItOrFailsAsItFailsThere(JsonObject golden) {
        String template = golden.get("template").getAsString();
        if (golden.has("text")) {
            assertThat(SMALL.render(template)).isEqualTo(golden.get("text").getAsString());
        } else if (golden.get("raised").getAsBoolean()) {
            assertThatThrownBy(() -> SMALL.render(template))
                    .isInstanceOf(Raised.class)
                    .hasMessage(golden.get("error").getAsString());
        } else {
            assertThatThrownBy(() -> SMALL.render(template)).isInstanceOf(TemplateFault.class);
        }
    }

    /** Most of a random template is nonsense, so some is refused that Jinja renders; nothing is rendered otherwise. */
    @Test
    void aRandomTemplateIsRenderedAsJinjaRendersItOrRefused() {
        int rendered = 0;
        int refused = 0;
        for (JsonObject golden : RANDOM.cases().toList()) {
            String template = golden.get("template").getAsString();
            try {
                String text = RANDOM.render(template);
                assertThat(golden.has("text"))
                        .as("%s fails in Jinja: %s", template, golden.get("error"))
                        .isTrue();
                assertThat(text).as(template).isEqualTo(golden.get("text").getAsString());
                rendered++;
            } catch (TemplateFault e) {
                refused += golden.has("text") ? 1 : 0;
            }
        }
        assertThat(rendered).isGreaterThan(300);
        assertThat(refused).isLessThan(rendered / 10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% include 'x' %}",
                "{% import 'x' as y %}",
                "{% extends 'x' %}",
                "{% block a %}{% endblock %}",
                "{% call f() %}{% endcall %}",
                "{{ 'a' | escape }}",
                "{{ 'a' | wordwrap }}",
                "{{ 'a' | center(9) }}",
                "{{ '%s' % 'a' }}",
                "{{ 'a'.encode() }}",
                "{{ 'a'.zfill(3) }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ 2 ** 64 }}",
                "{{ (2 ** 62) * 2 }}",
                "{{ f(*[1]) }}",
                "{{ lipsum() }}",
                "{{ cycler(1) }}",
                "{{ varargs }}",
                "{{ range(3) }}",
                "{{ [1] | map('string') }}",
                "{{ {true: 1} }}",
                "{{ {1.0: 1} }}",
                "{% for a in [1] recursive %}{% endfor %}",
                "{% set x | upper %}a{% endset %}",
                "{{ 'é'.title() }}",
                "{{ 'ΑΣ'.lower() }}",
                "{{ 'x' | safe + 'y' }}",
                "{% set x = [1] | select %}{{ x | list }}{{ x | list }}",
                "{{ 'a'.format_map({}) }}",
                "{{ '{:>9}'.format(1) }}",
                "{{ é }}",
                "{{ 0x10 }}",
                "{{ '\\N{DASH}' }}",
                "{{ '\\101' }}"
            })
    void whatIsNotImplementedIsRefusedByName(String template) {
        assertThatThrownBy(() -> render(template))
                .isInstanceOf(Unsupported.class)
                .hasMessageEndingWith("is not supported");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.__class__ }}",
                "{{ ''['__class__'] }}",
                "{{ messages.__class__.__mro__ }}",
                "{{ messages.getClass() }}",
                "{{ messages.class }}{{ messages.getClass().forName('java.lang.Runtime') }}",
                "{{ range.__globals__ }}",
                "{{ namespace.__init__ }}",
                "{{ loop.__self__ }}{% for i in [1] %}{{ loop.__class__ }}{% endfor %}",
                "{{ ''|attr('__class__') }}",
                "{{ [''] | map(attribute='__class__') | list }}",
                "{{ '{0.__class__}'.format('') }}",
                "{{ self._TemplateReference__context }}",
                "{{ messages.append(1) }}",
                "{{ messages[0].update({'role': 'x'}) }}",
                "{{ messages[0].pop('role') }}",
                "{% set messages[0].role = 'x' %}"
            })
    void aTemplateReachesNothingButItsValuesAndChangesNone(String template) {
        List<Object> messages = List.of(Map.of("role", "user", "content", "a"));
        assertThatThrownBy(() -> new Template(template).render(Map.of("messages", messages), NOW))
                .isInstanceOf(TemplateFault.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
                "{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}",
                "{% for a in range(100000) %}{% for b in range(100000) if false %}{% endfor %}{% endfor %}",
                "{% for a in range(1000000000) %}{% endfor %}",
                "{{ 'a' * 1000000000 }}",
                "{{ [0] * 1000000000 }}",
                "{{ (0,) * 9223372036854775807 }}",
                "{% set ns = namespace(s='a') %}{% for a in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                "{% set ns = namespace(s='a') %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for a in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s=[1]) %}{% for a in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
                "{% set ns = namespace(s=[1], t=[1]) %}{% for a in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
                "{% set ns = namespace(s=[1]) %}{% for a in range(9999) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s=[1], t=[1]) %}{% for a in range(9999) %}{% set ns.s = [ns.s] %}{% set ns.t = [ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
                "{% set s = 'a' * 1000000 %}{{ s.replace('a', s) }}",
                "{% set s = 'a' * 1000000 %}{% for a in range(100000) %}{{ s.count('b') }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{{ (s[:500000] ~ 'b') in s }}{{ s.split(s[:500000] ~ 'b') | length }}",
                "{% set s = 'a' * 1000000 %}{% for a in range(100000) %}{{ s.strip(s) }}{% endfor %}",
                "{% set s = 'a' * 100000 %}{{ s.join(s) }}",
                "{% set s = 'a\\n' * 100000 %}{{ s | indent(100000) }}",
                "{{ 'a' | indent(1000000000, true) }}",
                "{{ [[1]] | tojson(indent=1000000000) }}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f(k) %}{% if k %}{{ f(k - 1) }}{{ f(k - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
                "{{ range(100000) | map('string') | map('length') | sort | unique | list | join | length * 0 }}{% for i in range(100000) %}{{ range(100000) | sum }}{% endfor %}"
            })
    @Timeout(5)
    void aTemplateThatDoesNotEndIsEnded(String template) {
        assertThatThrownBy(() -> render(template))
                .isInstanceOf(TemplateFault.class)
                .hasMessageMatching(".*(more than \\d+ (steps|bytes|levels|items)).*");
    }

    @Test
    void aTemplateNestedWithoutEndIsRefusedBeforeTheStackEnds() throws InterruptedException {
        int depth = 100_000;
        onASmallStack(() -> {
            for (String template : List.of(
                    "{{ " + "(".repeat(depth) + "1" + ")".repeat(depth) + " }}",
                    "{{ " + "[".repeat(depth) + "]".repeat(depth) + " }}",
                    "{{ " + "not ".repeat(depth) + "1 }}",
                    "{{ " + "- ".repeat(depth) + "1 }}",
                    "{{ 1" + " + 1".repeat(depth) + " }}",
                    "{{ 'a'" + " | trim".repeat(depth) + " }}",
                    "{{ a" + ".b".repeat(depth) + " }}",
                    "{{ 1" + " if 1 else 1".repeat(depth) + " }}",
                    "{% if a %}".repeat(depth) + "{% endif %}".repeat(depth),
                    "{% if a %}" + "{% elif a %}".repeat(depth) + "{% endif %}",
                    "{% for a in [1] %}".repeat(depth) + "{% endfor %}".repeat(depth),
                    "{% macro f() %}" + "{% if 1 %}".repeat(90) + "{{ (((((f()))))) }}" + "{% endif %}".repeat(90)
                            + "{% endmacro %}{{ f() }}",
                    "{% set ns = namespace(s=[1]) %}{% for a in range(9999) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s | tojson }}")) {
                assertThatThrownBy(() -> render(template))
                        .as(template.substring(0, 20))
                        .isInstanceOf(TemplateFault.class)
                        .hasMessageContaining("levels deep");
            }
        });
    }

    /** A part of what a thread has by default. */
    private static void onASmallStack(Runnable test) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(null, test, "small stack", 512 << 10);
        thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
        thread.start();
        thread.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void aValueThatIsNotKnownIsAskedForInVain() {
        Map<String, Object> variables = Map.of("bos_token", new UnavailableValue("bos_token is not known"));
        assertThat(new Template("a").render(variables, NOW)).isEqualTo("a");
        assertThatThrownBy(() -> new Template("{{ bos_token is defined }}").render(variables, NOW))
                .isInstanceOf(TemplateFault.class)
                .hasMessage("bos_token is not known");
    }

    @Test
    void aFaultSaysWhereItIs() {
        assertThatThrownBy(() -> new Template("a\n{% if x %}\n{{ y z }}\n{% endif %}"))
                .hasMessageStartingWith("line 3: ");
        assertThatThrownBy(() -> new Template("a\n{% endfor %}")).hasMessage("line 2: there is no tag 'endfor' here");
    }

    private static String render(String template) {
        return new Template(template).render(Map.of(), NOW);
    }
}
