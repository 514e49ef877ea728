package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses statements and the text between them. */
final class Statements {
    private final Tokens tokens;
    private final Expressions expressions;
    private Names scope; // complete, not only a branch
    private boolean inLoop;

    private Statements(Tokens tokens, Names scope) {
        this.tokens = tokens;
        this.scope = scope;
        this.expressions = new Expressions(tokens, scope);
    }

    /**
     * Parses a whole template.
     *
     * @param scope receives the names of the template
     */
    static Node parse(List<Token> tokens, Names scope) {
        Statements statements = new Statements(new Tokens(tokens), scope);
        Node all = statements.until(Set.of());
        statements.expressions.unknown().throwFirst(0);
        return all;
    }

    /**
     * Parses statements up to one of these tag names, which is not consumed, or to the end of the template if there are
     * none.
     */
    private Node until(Set<String> ends) {
        tokens.enter();
        Node all = statements(ends);
        tokens.leave();
        return all;
    }

    private Node statements(Set<String> ends) {
        List<Node> nodes = new ArrayList<>();
        while (!tokens.current().is(Token.Type.END)) {
            Token token = tokens.next();
            switch (token.type()) {
                case DATA -> nodes.add(Node.print((String) token.value()));
                case VARIABLE_BEGIN -> {
                    nodes.add(Node.print(expressions.tuple(true)));
                    tokens.expect(Token.Type.VARIABLE_END);
                }
                default -> {
                    if (tokens.current().is(Token.Type.NAME)
                            && ends.contains((String) tokens.current().value())) {
                        return Node.all(nodes);
                    }
                    nodes.add(statement());
                    tokens.expect(Token.Type.BLOCK_END);
                }
            }
        }
        if (!ends.isEmpty()) {
            throw tokens.fault(
                    "expected one of " + ends.stream().sorted().toList() + " before the end of the template");
        }
        return Node.all(nodes);
    }

    private Node statement() {
        String name = tokens.name();
        return switch (name) {
            case "if" -> condition();
            case "for" -> loop();
            case "set" -> assignment();
            case "macro" -> macro();
            case "generation" -> generation();
            case "break" -> leave(name, Node.Flow.BREAK);
            case "continue" -> leave(name, Node.Flow.CONTINUE);
            case "autoescape", "block", "call", "extends", "filter", "from", "import", "include", "print", "with" ->
                throw new Unsupported("the tag '" + name + "'");
            default -> throw tokens.fault("there is no tag '" + name + "' here");
        };
    }

    private Node leave(String name, Node.Flow flow) {
        if (!inLoop) {
            throw tokens.fault("'" + name + "' outside a loop");
        }
        return frame -> flow;
    }

    private Node condition() {
        int mark = expressions.unknown().mark();
        Names before = expressions.names();
        Expr test = expressions.tuple(false);
        tokens.expect(Token.Type.BLOCK_END);
        Names taken = before.copy();
        Node body = branch(taken, Set.of("elif", "else", "endif"));
        Names other = before.copy();
        Node otherwise = otherwise(other);
        expressions.readInto(before);
        before.join(taken);
        before.join(other);
        expressions.unknown().forget(mark);
        return frame -> Values.truth(test.eval(frame)) ? body.run(frame) : otherwise.run(frame);
    }

    private Node branch(Names names, Set<String> ends) {
        expressions.readInto(names);
        return until(ends);
    }

    /** Parses the rest of an {@code if} after its first branch, including {@code endif}. */
    private Node otherwise(Names names) {
        String name = tokens.name();
        if (name.equals("elif")) {
            expressions.readInto(names);
            tokens.enter();
            Node next = condition();
            tokens.leave();
            return next;
        }
        Node otherwise = frame -> Node.Flow.NEXT;
        if (name.equals("else")) {
            tokens.expect(Token.Type.BLOCK_END);
            otherwise = branch(names, Set.of("endif"));
            tokens.expectName("endif");
        }
        return otherwise;
    }

    private Node loop() {
        Target target = Target.parse(tokens, expressions.names());
        tokens.expectName("in");
        Expr items = expressions.tuple(false);
        Names testNames = parameters(target);
        Expr test = null;
        int mark = expressions.unknown().mark();
        if (tokens.skipName("if")) {
            Names outside = expressions.names();
            expressions.readInto(testNames);
            test = expressions.expression();
            expressions.readInto(outside);
            expressions.unknown().throwFirst(mark);
        }
        if (tokens.current().isName("recursive")) {
            throw new Unsupported("a recursive loop");
        }
        tokens.expect(Token.Type.BLOCK_END);
        Names bodyNames = parameters(target);
        bodyNames.parameter("loop");
        Node body = scoped(bodyNames, true, Set.of("else", "endfor"));
        Names otherwiseNames = new Names(scope);
        Node otherwise = frame -> Node.Flow.NEXT;
        if (tokens.skipName("else")) {
            tokens.expect(Token.Type.BLOCK_END);
            otherwise = scoped(otherwiseNames, inLoop, Set.of("endfor"));
        }
        tokens.expectName("endfor");
        return new For(target, items, test, testNames, body, bodyNames, otherwise, otherwiseNames);
    }

    private Names parameters(Target target) {
        Names names = new Names(scope);
        target.names().forEach(names::parameter);
        return names;
    }

    /** Parses statements with their own scope. */
    private Node scoped(Names names, boolean loop, Set<String> ends) {
        Names outsideScope = scope;
        Names outside = expressions.names();
        boolean outsideLoop = inLoop;
        int mark = expressions.unknown().mark();
        scope = names;
        expressions.readInto(names);
        inLoop = loop;
        Node body = until(ends);
        scope = outsideScope;
        expressions.readInto(outside);
        inLoop = outsideLoop;
        expressions.unknown().throwFirst(mark);
        return body;
    }

    private Node assignment() {
        Target target = Target.parse(tokens, expressions.names());
        if (tokens.skipOperator("=")) {
            Expr value = expressions.tuple(true);
            target.names().forEach(expressions.names()::assign);
            return frame -> {
                target.assign(frame, value.eval(frame));
                return Node.Flow.NEXT;
            };
        }
        return captured(target);
    }

    /** {@code {% set name %}} … {@code {% endset %}}. */
    private Node captured(Target target) {
        if (tokens.current().isOperator("|")) {
            throw new Unsupported("a set block with a filter");
        }
        tokens.expect(Token.Type.BLOCK_END);
        target.names().forEach(expressions.names()::assign);
        Names names = new Names(scope);
        Node body = scoped(names, false, Set.of("endset"));
        tokens.expectName("endset");
        return frame -> {
            Frame captured = frame.capturing(frame.scope(), names);
            body.run(captured);
            target.assign(frame, captured.out().toString());
            return Node.Flow.NEXT;
        };
    }

    private Node macro() {
        String name = tokens.name();
        Names names = new Names(scope);
        Names outside = expressions.names();
        int mark = expressions.unknown().mark();
        expressions.readInto(names);
        Signature signature = Signature.parse(tokens, expressions);
        tokens.expect(Token.Type.BLOCK_END);
        expressions.unknown().throwFirst(mark);
        expressions.readInto(outside);
        outside.assign(name);
        Node body = scoped(names, false, Set.of("endmacro"));
        tokens.expectName("endmacro");
        return frame -> {
            frame.budget().values(8); // including the scope that it keeps
            frame.scope().set(name, new Macro(name, signature, body, names, frame.scope()));
            return Node.Flow.NEXT;
        };
    }

    /** The tag of Transformers that marks text written by the model. It only prints its body. */
    private Node generation() {
        tokens.expect(Token.Type.BLOCK_END);
        Names names = new Names(scope);
        Node body = scoped(names, false, Set.of("endgeneration"));
        tokens.expectName("endgeneration");
        return frame -> body.run(frame.inner(names));
    }
}
