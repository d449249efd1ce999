package io.weighbridge.license.terms;

import java.util.Locale;

/**
 * What a model is used for. The first group is ordinary, the rest are purposes that one license or another restricts. The
 * list is closed: a purpose that we do not know cannot be held against a license, so it leaves the question open.
 */
public enum Purpose {
    /** Answering questions and writing everyday text. */
    ASSISTANCE,
    /** Teaching and learning. */
    EDUCATION,
    /** Scientific research. */
    RESEARCH,
    /** Measuring the model itself. */
    EVALUATION,
    /** Writing and reviewing programs. */
    SOFTWARE_DEVELOPMENT,
    /** Answering customers. */
    CUSTOMER_SUPPORT,
    /** Translating text. */
    TRANSLATION,
    /** Summarizing text. */
    SUMMARIZATION,
    /** A private person's own use, neither for an employer nor for customers. */
    PERSONAL_USE,
    /** Training another model on what this one writes. */
    TRAINING_ON_OUTPUT,
    /** Any use that breaks applicable law. */
    BREAKING_LAW,
    /** Exploiting or harming minors. */
    HARMING_MINORS,
    /** Verifiably false content meant to harm. */
    DISINFORMATION,
    /** Personal data used or disclosed to harm. */
    HARMFUL_PERSONAL_DATA,
    /** Publishing output without saying it is machine made. */
    UNDISCLOSED_MACHINE_TEXT,
    /** Defamation or harassment. */
    DEFAMATION,
    /** Impersonating people. */
    IMPERSONATION,
    /** Fully automated decisions that hurt legal rights or bind people. */
    AUTOMATED_LEGAL_DECISIONS,
    /** Harm or discrimination based on social behaviour or predicted traits. */
    SOCIAL_SCORING,
    /** Exploiting the vulnerabilities of a group. */
    EXPLOITING_VULNERABILITY,
    /** Discrimination on protected traits. */
    DISCRIMINATION,
    /** Medical advice or reading of medical results. */
    MEDICAL_ADVICE,
    /** Administration of justice, law enforcement, immigration, asylum. */
    JUSTICE,
    /** Military use. */
    MILITARY,
    /** Nuclear use. */
    NUCLEAR,
    /** Surveillance. */
    SURVEILLANCE,
    /** Biometric processing. */
    BIOMETRICS,
    /** Malware or harming computer systems. */
    MALWARE,
    /** Weapons. */
    WEAPONS,
    /** Illegal drugs. */
    DRUGS,
    /** Running critical infrastructure, transport or heavy machinery. */
    CRITICAL_INFRASTRUCTURE,
    /** Self-harm. */
    SELF_HARM,
    /** Sexually explicit content or solicitation. */
    SEXUAL_CONTENT,
    /** Unlicensed practice of a profession. */
    UNLICENSED_PROFESSION,
    /** Fraud or scams. */
    FRAUD,
    /** Spam. */
    SPAM,
    /** Fake engagement or reviews. */
    FAKE_ENGAGEMENT,
    /** Violence, terrorism, extremism. */
    VIOLENCE,
    /** Hatred. */
    HATE,
    /** Defeating safety measures. */
    SAFETY_BYPASS,
    /** Violating third-party rights. */
    RIGHTS_INFRINGEMENT,
    /** Handling sensitive personal data without rights. */
    SENSITIVE_PERSONAL_DATA,
    /** Passing output off as human work. */
    CLAIMING_HUMAN_AUTHORSHIP,
    /** Hiding known dangers from end users. */
    HIDING_DANGERS,
    /** Driving third-party tools made for unlawful content. */
    DRIVING_UNLAWFUL_TOOLS,
    /** Tracking people without consent. */
    TRACKING,
    /** Automated high-stakes decisions (health, credit, jobs, housing, insurance and similar). */
    HIGH_STAKES_DECISIONS,
    /** False content to influence elections. */
    ELECTIONS,
    /** Espionage. */
    ESPIONAGE,
    /** Trafficking. */
    TRAFFICKING,
    /** Content that the regulation of the place calls inappropriate. */
    INAPPROPRIATE_CONTENT,
    /** Disrespect for the social ethics and morals of other countries or regions. */
    OFFENDING_SOCIAL_ETHICS,
    /** Declared with a word that is not in this list. */
    UNRECOGNIZED;

    /** The purpose written like {@code software-development}; case and underscores do not matter. */
    public static Purpose parse(String text) {
        var code = text.strip().replace('-', '_').toUpperCase(Locale.ROOT);
        for (var purpose : values()) {
            if (purpose.name().equals(code)) {
                return purpose;
            }
        }
        return UNRECOGNIZED;
    }

    /** As people write it: {@code software-development}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
