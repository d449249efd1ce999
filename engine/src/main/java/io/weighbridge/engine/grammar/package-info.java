/**
 * Structured output: JSON Schema, regular expressions, choices and grammars become masks over a vocabulary. Everything is
 * regular leaves under a pushdown automaton over bytes; compiling has a budget, and what is compiled cannot get stuck.
 */
@NullMarked
package io.weighbridge.engine.grammar;

import org.jspecify.annotations.NullMarked;
