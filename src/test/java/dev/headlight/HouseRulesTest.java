package dev.headlight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.SourceScan.Declaration;
import dev.headlight.SourceScan.Kind;
import dev.headlight.SourceScan.Source;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of size, documentation and wording that every source file keeps. Violations are listed as {@code file:line}. */
class HouseRulesTest {
    private static final Path MAIN = Path.of("src/main/java");
    private static final int LONGEST_FILE = 250;
    private static final int MEDIAN_FILE = 80;
    private static final int LONGEST_METHOD = 30;
    private static final int MOST_METHODS = 15; // lines of the body: nine methods of ten keep to it

    /** Methods that are too long today, such as {@code Type.method}. Take names out; add none. */
    private static final Set<String> TOO_LONG_TODAY = Set.of();

    private static final List<String> BANNED = List.of(
            "but for",
            "whatever",
            "so many",
            "is none",
            "likewise",
            "played through",
            "heard of",
            "hears of",
            "most gladly");

    private static final List<Source> SOURCES = SourceScan.read(MAIN, ".java");
    private static final List<Declaration> DECLARATIONS = SourceScan.declarations(SOURCES);

    @Test
    void noFileIsLongerThan250Lines() {
        List<String> tooLong = SOURCES.stream()
                .filter(s -> s.lines() > LONGEST_FILE)
                .map(s -> s.path() + ":" + (LONGEST_FILE + 1) + " has " + s.lines() + " lines")
                .toList();
        assertThat(tooLong).isEmpty();
    }

    @Test
    void halfOfTheFilesHaveAtMost80Lines() {
        assertThat(quantile(fileSizes(), 0.5)).isLessThanOrEqualTo(MEDIAN_FILE);
    }

    @Test
    void noMethodIsLongerThan30LinesExceptTheNamedOnes() {
        assertThat(tooLong(DECLARATIONS, TOO_LONG_TODAY)).isEmpty();
    }

    @Test
    void nineMethodsOfTenHaveAtMost15Lines() {
        assertThat(quantile(bodySizes(DECLARATIONS), 0.9)).isLessThanOrEqualTo(MOST_METHODS);
    }

    @Test
    void everyPublicTypeMethodAndEnumConstantIsDocumented() {
        assertThat(undocumented(DECLARATIONS)).isEmpty();
    }

    @Test
    void everyPublicMethodOnArraysStatesAShape() {
        assertThat(shapeless(DECLARATIONS)).isEmpty();
    }

    @Test
    void textsArePlain() {
        List<Source> texts = new ArrayList<>(SOURCES);
        texts.addAll(SourceScan.read(Path.of("src/main/resources"), ".yaml"));
        texts.addAll(SourceScan.read(Path.of("docs"), ".md"));
        texts.addAll(SourceScan.read(Path.of("README.md"), ".md"));
        assertThat(texts.stream().flatMap(s -> notPlain(s).stream())).isEmpty();
    }

    @Test
    void theFiguresArePrinted() {
        List<Declaration> published =
                DECLARATIONS.stream().filter(d -> d.published() && !d.exempt()).toList();
        int[] files = fileSizes();
        int[] bodies = bodySizes(DECLARATIONS);
        long documented = published.stream().filter(d -> !d.lacksDoc()).count();
        System.out.printf(
                "House: %d files, median %d, max %d lines; %d methods, median %d, p90 %d, max %d lines; documented %.1f %% of %d%n",
                files.length,
                quantile(files, 0.5),
                quantile(files, 1),
                bodies.length,
                quantile(bodies, 0.5),
                quantile(bodies, 0.9),
                quantile(bodies, 1),
                100.0 * documented / published.size(),
                published.size());
        assertThat(files.length).isGreaterThan(100);
        assertThat(published).hasSizeGreaterThan(500);
    }

    @Test
    void aTooLongMethodIsFound() {
        String body =
                IntStream.range(0, LONGEST_METHOD - 1).mapToObj(i -> "x++;\n").reduce("", String::concat);
        String source = "class A {\n int x;\n void just() {\n" + body.replaceFirst("x[+][+];\n", "") + "}\n"
                + " void over() {\n" + body + "}\n}";
        List<Declaration> found = scan(source);
        assertThat(tooLong(found, Set.of())).containsExactly("A.java:33 A.over has " + (LONGEST_METHOD + 1) + " lines");
        assertThat(tooLong(found, Set.of("A.over"))).isEmpty();
    }

    @Test
    void aListedMethodThatIsNoLongerTooLongIsFound() {
        assertThat(tooLong(scan("class A { void f() {} }"), Set.of("A.f", "B.gone")))
                .containsExactly(
                        "A.f is listed as too long and is not; take it off the list",
                        "B.gone is listed as too long and is not; take it off the list");
    }

    @Test
    void theBodiesOfConstructorsAndAnonymousClassesCount() {
        List<Declaration> found = scan("class A {\n A() {\n }\n Object o = new Object() {\n void g() {\n\n }\n };\n}");
        assertThat(bodySizes(found)).containsExactly(2, 3);
    }

    @Test
    void anUndocumentedMemberIsFound() {
        assertThat(undocumented(scan("""
                /** A type. */
                public class A {
                    /** Says what it does. */
                    public void told() {}
                    public void untold() {}
                    /** @throws RuntimeException always */
                    protected void onlyTags() {}
                    public A(int x) {}
                    void hidden() {}
                    public enum E { ONE, /** Second. */ TWO }
                    /** Inner. */
                    public interface I { void inInterface(); }
                }
                """)))
                .containsExactly(
                        "A.java:5 A.untold",
                        "A.java:7 A.onlyTags",
                        "A.java:8 A.<init>",
                        "A.java:10 A.E",
                        "A.java:10 A.E.ONE",
                        "A.java:12 A.I.inInterface");
    }

    @Test
    void overridesRecordMembersAndHiddenTypesNeedNoDocumentation() {
        assertThat(undocumented(scan("""
                /** A record.
                 * @param x a number */
                public record A(int x) implements Runnable {
                    public A {
                        x++;
                    }
                    public int x() { return x; }
                    @Override
                    public void run() {}
                    private enum P { ONE }
                }
                class B {
                    public void f() {}
                    public static class C { public C() {} }
                }
                """))).isEmpty();
    }

    @Test
    void anArrayWithoutAShapeIsFound() {
        assertThat(shapeless(scan("""
                /** A type. */
                public class A {
                    /** Adds, {@code [batch, pos]}. */
                    public NDArray told(int x) { return null; }
                    /** Adds. */
                    public NDArray untold() { return null; }
                    /** Adds. */
                    public void takes(List<NDArray> all) {}
                    /** No array. */
                    public void other(NDArrays all) {}
                    /** Not published. */
                    void hidden(NDArray x) {}
                    @Override
                    public NDArray inherited() { return null; }
                }
                """))).containsExactly("A.java:6 A.untold", "A.java:8 A.takes");
    }

    @Test
    void aBannedTurnIsFoundInCommentsAndStringsAndAcrossLines() {
        Source source = new Source("A.java", """
                // All but for one.
                /* Fine, but
                 * for one. */
                String s = "it is so " + "many";
                // The test {@code x is none} and `whatever` are code, and None is a value: x is None
                int butFor;
                // Whatever
                """);
        assertThat(notPlain(source))
                .containsExactlyInAnyOrder(
                        "A.java:1 'but for'", "A.java:2 'but for'", "A.java:4 'so many'", "A.java:7 'whatever'");
    }

    private static List<Declaration> scan(String source) {
        return SourceScan.declarations(List.of(new Source("A.java", source)));
    }

    private static List<String> tooLong(List<Declaration> all, Set<String> listed) {
        List<Declaration> over =
                all.stream().filter(d -> d.bodyLines() > LONGEST_METHOD).toList();
        Set<String> noLonger = new TreeSet<>(listed);
        over.forEach(d -> noLonger.remove(d.name()));
        return Stream.concat(
                        over.stream()
                                .filter(d -> !listed.contains(d.name()))
                                .map(d -> d.place() + " " + d.name() + " has " + d.bodyLines() + " lines"),
                        noLonger.stream().map(name -> name + " is listed as too long and is not; take it off the list"))
                .toList();
    }

    private static List<String> undocumented(List<Declaration> all) {
        return places(all, Declaration::lacksDoc);
    }

    private static List<String> shapeless(List<Declaration> all) {
        return places(all, Declaration::lacksShape);
    }

    private static List<String> places(List<Declaration> all, Predicate<Declaration> violates) {
        return all.stream()
                .filter(violates)
                .map(d -> d.place() + " " + d.name())
                .toList();
    }

    /** The banned turns in a text, also across a line break or a concatenation; code in it is no prose. */
    private static List<String> notPlain(Source source) {
        String text = blanked(source.text(), "\\{@code[^}]*\\}|(?s:```.*?```)|`[^`\n]*`");
        List<String> found = new ArrayList<>();
        for (String turn : BANNED) {
            String first = turn.substring(0, 1);
            String pattern = "\\b[" + first + first.toUpperCase(Locale.ROOT) + "]"
                    + turn.substring(1).replace(" ", "(?:[\\s*/]|\"\\s*\\+\\s*\")+") + "\\b";
            Matcher matcher = Pattern.compile(pattern).matcher(text);
            while (matcher.find()) {
                long line = text.substring(0, matcher.start())
                                .chars()
                                .filter(c -> c == '\n')
                                .count()
                        + 1;
                found.add(source.path() + ":" + line + " '" + turn + "'");
            }
        }
        return found;
    }

    /** The text with what matches replaced by as many blanks; line breaks stay. */
    private static String blanked(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).replaceAll(m -> m.group().replaceAll("[^\n]", " "));
    }

    private static int[] fileSizes() {
        return SOURCES.stream().mapToInt(Source::lines).sorted().toArray();
    }

    private static int[] bodySizes(List<Declaration> all) {
        return all.stream()
                .filter(d -> d.kind() == Kind.METHOD && d.bodyLines() > 0)
                .mapToInt(Declaration::bodyLines)
                .sorted()
                .toArray();
    }

    /** The smallest value that this share of the sorted values do not exceed. */
    private static int quantile(int[] sorted, double share) {
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }
}
