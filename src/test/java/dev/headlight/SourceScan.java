package dev.headlight;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Types, methods and enum constants of Java sources with their places, sizes and doc comments, by the JDK's own parser. */
final class SourceScan {
    private static final Pattern ARRAY = Pattern.compile("\\bNDArray\\b");
    private static final Pattern SHAPE = Pattern.compile("\\[[^\\]]*\\]");

    /** One source file: its path and its text. */
    record Source(String path, String text) {
        /** Number of lines. */
        int lines() {
            return (int) text.lines().count();
        }
    }

    /** The kinds of declaration that are scanned. */
    enum Kind {
        TYPE,
        METHOD,
        ENUM_CONSTANT
    }

    /**
     * One declaration.
     *
     * @param place {@code path:line}
     * @param name the simple names from the outermost type on, such as {@code Outer.Inner.method}
     * @param published whether other packages can use it: public or protected, as are all types around it
     * @param exempt whether its doc comment is written elsewhere: an override, or an accessor or constructor of a record
     * @param doc the whole doc comment; null where there is none
     * @param summary whether the doc comment has a first sentence
     * @param takesArrays whether a method's parameters or result are made of NDArrays
     * @param bodyLines lines of a method's body with its braces; 0 where there is no body
     */
    record Declaration(
            Kind kind,
            String place,
            String name,
            boolean published,
            boolean exempt,
            @Nullable String doc,
            boolean summary,
            boolean takesArrays,
            int bodyLines) {
        /** Whether it must have a doc comment and has none with a first sentence. */
        boolean lacksDoc() {
            return published && !exempt && !summary;
        }

        /** Whether it must state the shape of an array and does not. */
        boolean lacksShape() {
            return published
                    && !exempt
                    && takesArrays
                    && (doc == null || !SHAPE.matcher(doc).find());
        }
    }

    private SourceScan() {}

    /** Reads all files below a folder whose names have this ending. */
    static List<Source> read(Path folder, String ending) {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Source> sources = new ArrayList<>();
            for (Path file :
                    all.filter(p -> p.toString().endsWith(ending)).sorted().toList()) {
                sources.add(new Source(file.toString().replace('\\', '/'), Files.readString(file)));
            }
            return sources;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All declarations of these sources. */
    static List<Declaration> declarations(List<Source> sources) {
        List<JavaFileObject> files =
                sources.stream().<JavaFileObject>map(InMemory::new).toList();
        JavacTask task = (JavacTask) ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, fault -> {}, List.of("-proc:none"), null, files);
        List<Declaration> found = new ArrayList<>();
        try {
            for (CompilationUnitTree unit : task.parse()) {
                new Scanner(DocTrees.instance(task), unit, found).scan(unit, true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static final class InMemory extends SimpleJavaFileObject {
        private final Source source;

        InMemory(Source source) {
            super(URI.create("string:///" + source.path()), JavaFileObject.Kind.SOURCE);
            this.source = source;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source.text();
        }
    }

    /** Walks one file; the argument says whether all types around the current tree are published. */
    private static final class Scanner extends TreePathScanner<Void, Boolean> {
        private final DocTrees docs;
        private final SourcePositions positions;
        private final CompilationUnitTree unit;
        private final LineMap lines;
        private final List<Declaration> found;
        private String around = "";

        Scanner(DocTrees docs, CompilationUnitTree unit, List<Declaration> found) {
            this.docs = docs;
            this.positions = docs.getSourcePositions();
            this.unit = unit;
            this.lines = unit.getLineMap();
            this.found = found;
        }

        @Override
        public Void visitClass(ClassTree type, Boolean outerIsPublished) {
            boolean anonymous = type.getSimpleName().isEmpty();
            boolean inType = getCurrentPath().getParentPath().getLeaf() instanceof ClassTree;
            boolean local = !inType && getCurrentPath().getParentPath().getLeaf() != unit;
            boolean published = outerIsPublished && !anonymous && !local && isPublished(type.getModifiers());
            String before = around;
            if (!anonymous) {
                around = before.isEmpty() ? type.getSimpleName().toString() : before + "." + type.getSimpleName();
                add(Kind.TYPE, type, around, published, false, false, null);
            }
            super.visitClass(type, published);
            around = before;
            return null;
        }

        @Override
        public Void visitMethod(MethodTree method, Boolean ownerIsPublished) {
            ClassTree owner = (ClassTree) getCurrentPath().getParentPath().getLeaf();
            if (positions.getEndPosition(unit, method) >= 0) { // else it is implicit
                boolean constructor = method.getReturnType() == null;
                String name = constructor ? "<init>" : method.getName().toString();
                boolean exempt = isOverride(method) || owner.getKind() == Tree.Kind.RECORD && isOfRecord(owner, method);
                boolean arrays = !constructor
                        && ARRAY.matcher(method.getReturnType() + " " + method.getParameters())
                                .find();
                boolean published = ownerIsPublished && isPublished(method.getModifiers());
                add(Kind.METHOD, method, around + "." + name, published, exempt, arrays, method.getBody());
            }
            return super.visitMethod(method, false);
        }

        @Override
        public Void visitVariable(VariableTree variable, Boolean ownerIsPublished) {
            if (getCurrentPath().getParentPath().getLeaf() instanceof ClassTree owner && isConstant(owner, variable)) {
                String name = around + "." + variable.getName();
                add(Kind.ENUM_CONSTANT, variable, name, ownerIsPublished, false, false, null);
            }
            return super.visitVariable(variable, false);
        }

        private void add(
                Kind kind,
                Tree tree,
                String name,
                boolean published,
                boolean exempt,
                boolean arrays,
                @Nullable Tree body) {
            String place = unit.getSourceFile().toUri().getPath().substring(1) + ":" + line(nameless(tree));
            DocCommentTree doc = docs.getDocCommentTree(getCurrentPath());
            boolean summary = doc != null && !doc.getFirstSentence().isEmpty();
            String text = docs.getDocComment(getCurrentPath());
            int size = body == null ? 0 : line(positions.getEndPosition(unit, body)) - line(start(body)) + 1;
            found.add(new Declaration(kind, place, name, published, exempt, text, summary, arrays, size));
        }

        /** The position behind a declaration's modifiers and annotations, or its start where it has none. */
        private long nameless(Tree tree) {
            ModifiersTree modifiers = tree instanceof ClassTree c
                    ? c.getModifiers()
                    : tree instanceof MethodTree m ? m.getModifiers() : ((VariableTree) tree).getModifiers();
            long end = positions.getEndPosition(unit, modifiers);
            return end >= 0 ? end : start(tree);
        }

        private long start(Tree tree) {
            return positions.getStartPosition(unit, tree);
        }

        private int line(long position) {
            return (int) lines.getLineNumber(position);
        }

        /** Whether a member is public or protected, by its own word or as a member of an interface. */
        private boolean isPublished(ModifiersTree modifiers) {
            Set<Modifier> flags = modifiers.getFlags();
            boolean inInterface = getCurrentPath().getParentPath().getLeaf() instanceof ClassTree owner
                    && (owner.getKind() == Tree.Kind.INTERFACE || owner.getKind() == Tree.Kind.ANNOTATION_TYPE)
                    && !flags.contains(Modifier.PRIVATE);
            return inInterface || flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED);
        }

        /** Only a constant can be initialised with an instance of its enum. */
        private static boolean isConstant(ClassTree owner, VariableTree variable) {
            return owner.getKind() == Tree.Kind.ENUM
                    && variable.getInitializer() instanceof NewClassTree instance
                    && instance.getIdentifier()
                            .toString()
                            .equals(owner.getSimpleName().toString());
        }

        private static boolean isOverride(MethodTree method) {
            return method.getModifiers().getAnnotations().stream()
                    .map(AnnotationTree::getAnnotationType)
                    .anyMatch(type -> type.toString().equals("Override"));
        }

        /** Whether it is an accessor or the compact constructor: the record's own comment describes the components. */
        private boolean isOfRecord(ClassTree owner, MethodTree method) {
            if (method.getReturnType() == null) { // a compact constructor has the parameters of the record's header
                return !method.getParameters().isEmpty()
                        && start(method.getParameters().get(0)) < start(method);
            }
            return method.getParameters().isEmpty()
                    && owner.getMembers().stream()
                            .anyMatch(m -> m instanceof VariableTree component
                                    && !component.getModifiers().getFlags().contains(Modifier.STATIC)
                                    && component.getName().equals(method.getName()));
        }
    }
}
