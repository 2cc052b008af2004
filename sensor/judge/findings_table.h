/* SPDX-License-Identifier: Apache-2.0 */
/* findings_table: every finding: id, weight, whether it is about the host the mail came from, its test, what it saw. */
#ifndef MXTAP_JUDGE_FINDINGS_TABLE_H
#define MXTAP_JUDGE_FINDINGS_TABLE_H

/*
 * X(id, weight, of_origin, test, sentence, why the weight). docs/FINDINGS.md's table is made of it by
 * tests/docs/tables.py. The order is that of a record's findings. Ids are a promise: a name, once out, keeps its
 * meaning. Sentences are static text, so that they can be translated where they are shown.
 */
#define FINDINGS(X) \
    X("helo.not_fqdn", 2, true, helo_not_fqdn, "HELO is a bare word", \
      "careless hosts do it too, and inside ones whose field is passed on") \
    X("helo.private_name", 5, true, helo_private_name, "HELO is a machine's inside name", \
      "a machine that nobody set up to send mail; some honest Exchange does it, so half") \
    X("helo.address", 4, true, helo_address, "HELO is an address, or an address literal that is not the client's", \
      "RFC 5321 forbids it, and small devices do it") \
    X("helo.is_recipient", 6, true, helo_is_recipient, "HELO claims the receiving side's own domain", \
      "no stranger has that name; a house that mails itself from outside may") \
    X("helo.brand", 10, true, helo_brand, "HELO is in a brand's domain, and the network or reverse name is not the brand's", \
      "a lie told to the server, for which there is no honest reason: enough alone") \
    X("helo.not_ptr", 2, true, helo_not_ptr, "HELO and reverse name share no registrable domain", \
      "rented servers keep their owner's reverse name, the honest ones too") \
    X("helo.no_address", 3, true, helo_no_address, "HELO's domain has no address", \
      "badly kept zones") \
    X("ptr.dynamic", 5, true, ptr_dynamic, "the reverse name is a subscriber line", \
      "a household's line sends no mail for others; a few run their own server") \
    X("ptr.missing", 2, true, ptr_missing, "the address has no reverse name", \
      "a fifth of honest mail of old had none") \
    X("ptr.not_confirmed", 3, true, ptr_not_confirmed, "the reverse name points to another address", \
      "the reverse name is a lie or is out of date") \
    X("from.brand", 7, false, from_brand, "From's name or local part claims a brand, and its domain is not the brand's", \
      "it borrows the name that the reader sees; partners and fan pages do so too") \
    X("from.forged", 5, true, from_forged, "From is in a brand's own domain, and the mail is not from the brand's network", \
      "forwarded mail looks the same") \
    X("envelope.forged", 3, true, envelope_forged, "the envelope's sender is in a brand's own domain, and the mail is not from its network", \
      "it goes with from.forged, and forwarders keep it too") \
    X("from.address_match", 0, true, from_address_match, "From's domain resolves to the client itself", \
      "it speaks for the mail") \
    X("from.lookalike", 7, false, from_lookalike, "From's domain reads like a brand's", \
      "such a name is made to be misread; some are names of their own") \
    X("from.malformed", 5, false, from_malformed, "From has no usable address, or there are several, or none", \
      "no mail program writes it; some bounces have it") \
    X("from.not_envelope", 0, false, from_not_envelope, "From and the envelope's sender have different domains", \
      "every bulk sender does it") \
    X("from.not_reply_to", 1, false, from_not_reply_to, "From and Reply-To have different domains", \
      "lists and shops do it") \
    X("from.not_message_id", 1, false, from_not_message_id, "From and Message-ID have different domains", \
      "bulk senders do it") \
    X("from.is_recipient", 4, true, from_is_recipient, "From claims the recipient's own domain, and came from outside", \
      "services that send in a customer's name do it too") \
    X("text.names_recipient", 0, false, text_names_recipient, "the body greets the recipient by mail address", \
      "newsletters do it") \
    X("text.homoglyph", 10, false, text_homoglyph, "a word mixes scripts to spell a brand", \
      "nobody spells a brand in two scripts by mistake: enough alone") \
    X("subject.stamp", 4, false, subject_stamp_seen, "a filter on the way stamped the subject", \
      "another filter's verdict, whose errors we do not know") \
    X("subject.serial", 5, false, subject_serial, "the subject has a serial number of the mail itself", \
      "the number is for no reader, only against filters") \
    X("subject.brand", 7, false, subject_brand, "the subject names a brand, and neither From nor the envelope is the brand's", \
      "a brand speaks by its own domain; who writes about it does so too") \
    X("subject.pressure", 3, false, subject_pressure, "the subject presses: something is to happen unless the reader acts", \
      "honest reminders say the same: it only adds to a brand or a lie") \
    X("date.zone_malformed", 5, false, date_zone_malformed, "the Date's zone is not of its form", \
      "no mail program writes it, only kits do") \
    X("date.zone_foreign", 3, true, date_zone_foreign, "the Date's zone is neither the origin's country's nor the brand's", \
      "travellers write from anywhere, brands do not") \
    X("date.skew", 3, false, date_skew, "the Date is more than a day from when the mail came", \
      "a dead clock, or a mail sent again") \
    X("mailer.bulk", 5, false, mailer_bulk, "the mailer is a bulk tool", \
      "a tool for lists of strangers; some honest senders use it") \
    X("mailer.random", 5, false, mailer_random, "a made-up mailer: one word and a number", \
      "no program has that name; a rare one might") \
    X("link.text_differs", 5, false, link_text_differs, "the visible text shows another host than the link goes to", \
      "the reader is shown one address and led to another; counted clicks do so too") \
    X("link.brand_in_name", 6, false, link_brand_in_name, "a brand's name or domain stands inside a foreign host", \
      "a name put where the reader looks; a name may be a common word") \
    X("link.address", 5, false, link_address, "a link goes to an address, not a name", \
      "honest sites have names; some old ones and devices have not") \
    X("link.odd_address", 7, false, link_odd_address, "a link's address is written in decimal, hexadecimal or octal", \
      "written so that people and filters do not read it") \
    X("link.punycode", 2, false, link_punycode, "a link's host has letters beyond ASCII", \
      "half the world's names are so") \
    X("link.lookalike", 7, false, link_lookalike, "a link's host reads like a brand's domain", \
      "such a name is made to be misread") \
    X("link.userinfo", 6, false, link_userinfo, "a link has a name before its host", \
      "made to read like a host; browsers ignore it") \
    X("link.random_host", 4, false, link_random_host, "a link's domain cannot be said", \
      "nobody chose that name for readers; abbreviations look alike") \
    X("link.brand_site", 0, false, link_brand_site, "a link leads to a brand's real site, and the mail is not the brand's", \
      "everybody links to brands") \
    X("link.not_from", 0, false, link_not_from, "no link leads to From's domain", \
      "a third of ordinary mail does so, by counted clicks") \
    X("link.shortener", 2, false, link_shortener, "a link is shortened", \
      "it hides where it goes, and saves space") \
    X("link.redirector", 1, false, link_redirector, "a link goes by a redirector", \
      "bulk senders count by them") \
    X("link.data", 5, false, link_data, "a link carries its own page (data:)", \
      "a page without a server: few newsletters") \
    X("link.script", 3, false, link_script, "a link is a script (javascript:)", \
      "mail programs do not run it; old newsletters have it") \
    X("link.names_recipient", 1, false, link_names_recipient, "a link has the recipient's address in it", \
      "newsletters do it to unsubscribe") \
    X("link.one_server", 2, false, link_one_server, "links of several domains lead to one address", \
      "hosters put many names on one address") \
    X("auth.spf_fail", 4, false, auth_spf_fail, "SPF failed", \
      "forwarding breaks SPF") \
    X("auth.dkim_fail", 3, false, auth_dkim_fail, "DKIM failed", \
      "lists break DKIM") \
    X("auth.dmarc_fail", 5, false, auth_dmarc_fail, "DMARC failed", \
      "the domain asked that such mail be doubted") \
    X("auth.none", 1, false, auth_none, "neither SPF nor DKIM nor DMARC says anything", \
      "small senders have none of it") \
    X("rcpt.unknown", 3, false, rcpt_unknown, "recipients were refused as unknown", \
      "old address books have such names too") \
    X("dnsbl.listed", 7, true, dnsbl_listed, "the client is on a blocklist", \
      "others were spammed from there; addresses change hands") \
    X("received.inconsistent", 2, false, received_inconsistent, "the chain of Received fields contradicts itself", \
      "badly kept clocks and names") \
    X("attachment.executable", 8, false, attachment_executable, "an attachment is a program", \
      "nobody mails programs to people; developers do") \
    X("attachment.html", 5, false, attachment_html, "an attachment is a web page", \
      "a page that opens without an address; some reports are so") \
    X("attachment.double_name", 10, false, attachment_double_name, "an attachment hides its type behind another", \
      "made so that the end is not seen: enough alone") \
    X("attachment.encrypted", 5, false, attachment_encrypted, "an attachment needs a password", \
      "no filter sees inside; salaries are sent so") \
    X("smtp.smuggling", 10, false, smtp_smuggling_seen, "the mail holds a false end of data", \
      "an attack on the server, or a broken client of which nobody has another use: enough alone") \
    X("smtp.early_talker", 4, false, smtp_early_talker_seen, "the client spoke before the banner", \
      "tools that do not listen") \
    X("watchlist.<list>", 10, false, watchlist_hit, "something of the mail is on a watchlist of the operator's", \
      "the operator said so: enough alone")

#endif
