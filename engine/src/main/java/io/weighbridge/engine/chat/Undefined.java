package io.weighbridge.engine.chat;

/**
 * What a name or attribute is that is not there: empty when printed or iterated, false as a condition, an error otherwise.
 *
 * @param reason what was not there, for the error
 */
record Undefined(String reason) {
    TemplateException error() {
        return TemplateException.evaluation(reason);
    }
}
