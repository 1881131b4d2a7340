/* Ceilings and signals as people get them: the figure, a sentence that says what it contradicts,
 * and where its records are. */
#include "lib/api/internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/cse/signals.h"

enum { SENTENCE_BYTES = 400, LINK_BYTES = 160 };

void ceiling_text(const struct ceiling *ceiling, enum language language, char *text_out,
                  size_t size)
{
    uint32_t count;
    const struct signal *signals = signals_all(&count);
    const char *label = ceiling->signal < count ? signals[ceiling->signal].label : "";
    struct form hit_form, counted_form, needed_form;
    const char *hits = form_int(language, ceiling->hits, &hit_form);
    const char *counted = form_int(language, ceiling->counted, &counted_form);
    const char *needed = form_int(language, ceiling->needed, &needed_form);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the patterns of ceiling_sentence */
    text_say(language, text_out, size, ceiling_sentence(ceiling), label, hits, counted, needed);
#pragma GCC diagnostic pop
}

/* Where the records are that a figure is made of; documents are found by their element. */
static void put_link(struct jsonw *json, uint16_t kind_number, uint8_t place, const char *site)
{
    const struct kind *kind = kind_by_number(kind_number);
    char link[LINK_BYTES];
    bool document = kind_number == KIND_EVIDENCE;
    (void)snprintf(link, sizeof link, "/api/v1/records/%s%s%s%s%s", kind->name,
                   document ? "?element=" : "", document ? element_id(place) : "",
                   site == NULL ? ""
                   : document   ? "&site="
                                : "?site=",
                   site == NULL ? "" : site);
    jsonw_put_string(json, "records", link);
}

void put_challenge(struct jsonw *json, const struct ceiling *ceiling, uint8_t place,
                   const char *site)
{
    uint32_t count;
    const struct signal *signals = signals_all(&count);
    char text[SENTENCE_BYTES];
    bool figure = ceiling->reason == CEILING_SIGNAL && ceiling->signal < count;
    ceiling_text(ceiling, json->language, text, sizeof text);
    jsonw_key(json, "challenge");
    jsonw_object_begin(json);
    jsonw_put_string(json, "reason", ceiling_reason_text((enum ceiling_reason)ceiling->reason));
    jsonw_put_string(json, "text", text);
    if (figure) {
        jsonw_put_int(json, "hits", ceiling->hits);
        jsonw_put_int(json, "counted", ceiling->counted);
        jsonw_put_int(json, "needed", ceiling->needed);
    }
    put_link(json, figure ? signal_kind(&signals[ceiling->signal]) : (uint16_t)KIND_EVIDENCE, place,
             site);
    jsonw_object_end(json);
}

void put_signals(struct jsonw *json, const struct picture *picture, uint8_t place)
{
    uint32_t count;
    const struct signal *signals = signals_all(&count);
    struct signal_input input = {
        .facts = picture->facts, .tallies = picture->tallies, .settings = picture->settings};
    const char *site = picture->site_count == 1 ? picture->sites[0].slug : NULL;
    jsonw_key(json, "signals");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        if (signals[i].element != place)
            continue;
        struct signal_finding finding = signal_judge(&signals[i], &input);
        jsonw_object_begin(json);
        jsonw_put_said(json, "label", signals[i].label);
        jsonw_put_string(json, "state", signal_state_text(finding.state));
        jsonw_put_bool(json, "figure", signal_is_figure(signals[i].op));
        jsonw_put_int(json, "hits", finding.hits);
        jsonw_put_int(json, "counted", finding.counted);
        jsonw_put_int(json, "needed", finding.needed);
        put_link(json, signal_kind(&signals[i]), place, site);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}
