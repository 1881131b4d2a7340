#pragma once

/* Every route once: method, path, handler, upload, most bytes of a body, who has it, query, what it
 * does (openapi.json). Roles: B both, N node, C centre.
 * X(method, path, handler, upload, body_max, role, query, summary) */
/* clang-format off */
#define API_ROUTES(X) \
    X(GET, "/healthz", api_healthz, NULL, 0, B, "", "Alive") \
    X(GET, "/readyz", api_readyz, NULL, 0, B, "", \
      "Able to save changes; 503 with the reason when not") \
    X(GET, "/metrics", api_metrics, NULL, 0, B, "", "Numbers for Prometheus") \
    X(GET, "/api/v1/openapi.json", api_openapi, NULL, 0, B, "", "This interface for programs") \
    X(GET, "/api/v1/kinds", api_kinds, NULL, 0, B, "", "The kinds of records and their fields") \
    X(GET, "/api/v1/elements", api_elements, NULL, 0, B, "language version as_of", \
      "The 57 elements of the standard") \
    X(PUT, "/api/v1/elements/wording", api_wording_put, NULL, 0, B, "language version", \
      "Load the organisation's own wording") \
    X(GET, "/api/v1/status", api_status, NULL, 0, B, "", "How this program stands") \
    X(GET, "/api/v1/sites", api_sites, NULL, 0, B, "", "The roster") \
    X(POST, "/api/v1/sites/invitations", api_site_invite, NULL, 0, C, "", \
      "Invite a site; the token is shown once") \
    X(POST, "/api/v1/sites/{slug}/revoke", api_site_revoke, NULL, 0, C, "", "End a site's access") \
    X(POST, "/api/v1/sites/{slug}/release", api_site_release, NULL, 0, C, "", \
      "Apply what is held of a copy of a site") \
    X(PUT, "/api/v1/membership", api_membership_put, NULL, 0, N, "", \
      "What enrolment brought home; Unix socket only") \
    X(POST, "/api/v1/sync", api_sync, NULL, 0, N, "", "Connect now") \
    X(GET, "/api/v1/picture", api_picture, NULL, 0, B, \
      "as_of known site element forecast assume_actions", \
      "The merged picture") \
    X(GET, "/api/v1/picture/compare", api_picture_compare, NULL, 0, B, "from to site", \
      "What has changed between two days, and by which records") \
    X(GET, "/api/v1/records/{kind}", api_records_list, NULL, 0, B, \
      "site element where limit cursor", \
      "List records") \
    X(POST, "/api/v1/records/{kind}", api_record_create, NULL, 0, B, "", "Write a record") \
    X(GET, "/api/v1/records/{kind}/{id}", api_record_get, NULL, 0, B, "", "One record") \
    X(PATCH, "/api/v1/records/{kind}/{id}", api_record_change, NULL, 0, B, "", "Change a record") \
    X(DELETE, "/api/v1/records/{kind}/{id}", api_record_delete, NULL, 0, B, "", \
      "Mark a record deleted") \
    X(GET, "/api/v1/records/{kind}/{id}/deadlines", api_deadlines, NULL, 0, B, "as_of", \
      "How a complaint's dates were computed") \
    X(GET, "/api/v1/reports/complaints", api_complaints_report, NULL, 0, B, \
      "from to site publish", \
      "The report on complaints") \
    X(GET, "/api/v1/checks", api_checks, NULL, 0, B, "as_of site element person", \
      "What is due, overdue, missing or contradicted") \
    X(GET, "/api/v1/accreditation", api_accreditation, NULL, 0, B, "as_of", \
      "Certificates, visits and findings") \
    X(GET, "/api/v1/surveys", api_surveys, NULL, 0, B, "wave by site publish", \
      "What people answered, by wave or another trait") \
    X(GET, "/api/v1/standards", api_standards, NULL, 0, B, "as_of site", \
      "How each service standard fares") \
    X(GET, "/api/v1/benchmarks", api_benchmarks, NULL, 0, B, "", \
      "Where figures stand among others'") \
    X(POST, "/api/v1/periods", api_period_file, NULL, 0, C, "period", \
      "File the figures of a quarter as evidence") \
    X(GET, "/api/v1/timeliness", api_timeliness, NULL, 0, B, "of from to site", \
      "Complaints or contacts answered within their limit, by month") \
    X(GET, "/api/v1/competency", api_competency, NULL, 0, B, "team as_of", \
      "People by their raters, at their site; summaries everywhere") \
    X(GET, "/api/v1/competency/model", api_competency_model, NULL, 0, B, "", \
      "Levels and indicators") \
    X(POST, "/api/v1/competency/summaries", api_competency_summarise, NULL, 0, N, \
      "team as_of staff", \
      "File a team's summary, of four raters or more") \
    X(GET, "/api/v1/csm", api_csm, NULL, 0, B, "site as_of", \
      "The scored rating by standard") \
    X(GET, "/api/v1/csm/questions", api_csm_questions, NULL, 0, B, "", \
      "Its questions") \
    X(GET, "/api/v1/rules", api_rules, NULL, 0, B, "year", \
      "Numbers, time limits, holidays and cycles in force") \
    X(GET, "/api/v1/records/{kind}/{id}/history", api_record_history, NULL, 0, B, "limit cursor", \
      "Its operations") \
    X(POST, "/api/v1/blobs", api_blob_post, &api_blob_upload, BLOB_BYTES_MAX, B, "", \
      "Store an attachment") \
    X(GET, "/api/v1/blobs/{hash}", api_blob_get, NULL, 0, B, "", "An attachment's bytes") \
    X(GET, "/api/v1/conflicts", api_conflicts, NULL, 0, B, "limit cursor", \
      "Fields on which sites disagree") \
    X(POST, "/api/v1/conflicts/{id}", api_conflict_resolve, NULL, 0, B, "", "Settle a conflict") \
    X(GET, "/api/v1/receipts/{id}", api_receipt, NULL, 0, B, "", \
      "Where a record's operations are") \
    X(POST, "/api/v1/imports", api_import_post, &api_import_upload, UINT64_MAX, B, \
      "kind name rows", \
      "Import many records") \
    X(GET, "/api/v1/imports", api_imports, NULL, 0, B, "limit cursor", \
      "All imports, newest first") \
    X(GET, "/api/v1/imports/{id}", api_import_get, NULL, 0, B, "", "An import's progress") \
    X(DELETE, "/api/v1/imports/{id}", api_import_delete, NULL, 0, B, "", "Take an import back") \
    X(GET, "/api/v1/exports/{kind}", api_export, NULL, 0, B, "format site element where guard", \
      "Export records") \
    X(GET, "/api/v1/quarantine", api_quarantine, NULL, 0, B, "limit cursor", \
      "Operations that were set aside")
/* clang-format on */
